package cloud_test

import (
	"slices"
	"testing"

	"countersign/internal/cloud"
)

func TestSideBySide(t *testing.T) {
	t.Parallel()
	done := make([]int, 5)
	meet := make(chan struct{})
	cloud.SideBySide(2, func(i int) {
		if i == 0 {
			meet <- struct{}{} // would block if the calls were sequential
		} else {
			<-meet
		}
	})
	cloud.SideBySide(len(done), func(i int) { done[i] = i * i })
	if !slices.Equal(done, []int{0, 1, 4, 9, 16}) {
		t.Errorf("done: %v", done)
	}
	cloud.SideBySide(0, func(int) { t.Error("there was nothing to do") })
	finished := false
	defer func() {
		if thrown := recover(); thrown != "a bug" || !finished {
			t.Errorf("thrown: %v; the other finished: %t", thrown, finished)
		}
	}()
	cloud.SideBySide(2, func(i int) {
		if i == 0 {
			panic("a bug")
		}
		finished = true
	})
}
