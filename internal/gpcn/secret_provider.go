package gpcn

import (
	"context"

	"countersign/internal/cloud"
)

var (
	_ cloud.PasswordRuler  = (*Provider)(nil)
	_ cloud.NotebookReader = (*Provider)(nil)
)

// PasswordRule returns the rule of page "Create a new virtual machine".
func (*Provider) PasswordRule() cloud.PasswordRule {
	return cloud.PasswordRule{MinLength: minPassword, MaxLength: maxPassword, Symbols: passwordSymbols}
}

// ReadNotebookURL reads the Jupyter address of a GPU VM; other VMs have none.
func (p *Provider) ReadNotebookURL(ctx context.Context, id cloud.VMID) (cloud.Secret, error) {
	const operation = "read Jupyter address"
	return cloud.ByUUID(p.account, operation, id, func(id cloud.VMID) (cloud.Secret, error) {
		gpu, err := p.client.GetGPU(ctx, id)
		if err == nil {
			err = cloud.SameID(p.account, operation, id, gpu.ID)
		}
		if err != nil || gpu.JupyterURL == nil {
			return cloud.Secret{}, err
		}
		return cloud.NewSecret(*gpu.JupyterURL), nil
	})
}
