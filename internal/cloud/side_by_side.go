package cloud

import "sync"

// SideBySide does n things at the same time and waits for all of them. What one of
// them throws is thrown again in the caller, where there is a guard against it: in
// a goroutine of its own it would end the process, with writes under way.
func SideBySide(n int, do func(i int)) {
	thrown := make([]any, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			defer func() { thrown[i] = recover() }()
			do(i)
		})
	}
	all.Wait()
	for _, panicked := range thrown {
		if panicked != nil {
			panic(panicked)
		}
	}
}
