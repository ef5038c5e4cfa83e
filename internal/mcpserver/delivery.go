package mcpserver

import "context"

// deliver writes a message. If it carries the result of an operation, a write without
// an error records the result as delivered, even if ctx is done by then.
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
