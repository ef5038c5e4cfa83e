package cloud

import "sync"

// SideBySide calls do for 0 to n-1 concurrently and waits for all calls. It repeats a
// panic of a call in its caller, which can recover. A panic in the goroutine itself would
// end the process while writes are under way.
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
