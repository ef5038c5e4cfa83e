package mcpserver

import "context"

// deliver writes a message that may carry the result of an operation, which
// counts as delivered once it is written without an error. That its client has left
// since does not keep it from being noted.
func (s *Server) deliver(ctx context.Context, caller *Caller, operation string, write func() error) error {
	if operation == "" {
		return write()
	}
	undo := caller.Guard.Delivering(operation)
	if err := write(); err != nil {
		undo()
		return err
	}
	if err := caller.Guard.Delivered(context.WithoutCancel(ctx), operation); err != nil {
		s.opts.Log.Warn().Ctx(ctx).Err(err).Msg("delivery could not be noted; the result may be given once more")
	}
	return nil
}
