package tap

import (
	"context"
	"sync"
)

// inOrder calls fetch for every element of in, up to n at a time, and emit with
// the results one by one in the order of in. It stops at the first error and
// returns after the last goroutine has ended. At most n results wait.
func inOrder[T, R any](ctx context.Context, n int, in []T, fetch func(context.Context, T) (R, error), emit func(T, R) error) error {
	type result struct {
		value R
		err   error
	}
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	waiting := make([]chan result, len(in))
	next := 0
	for i := range in {
		for ; next < len(in) && next < i+max(n, 1); next++ {
			element, done := in[next], make(chan result, 1)
			waiting[next] = done
			running.Go(func() {
				v, err := fetch(ctx, element)
				done <- result{v, err}
			})
		}
		r := <-waiting[i]
		waiting[i] = nil
		if r.err != nil {
			return r.err
		}
		if err := emit(in[i], r.value); err != nil {
			return err
		}
	}
	return nil
}
