package tap

import (
	"context"
	"sync"
)

// aheadBytes is how much may have been fetched that is not written yet. The
// largest conversations take several megabytes: 500 parts with bodies.
const aheadBytes = 16 << 20

// ahead bounds the bytes of answers that wait for those before them, in all
// groups together. How large an answer will be is not known when it is asked
// for: it is taken for as large as the largest of late.
type ahead struct {
	mu    sync.Mutex
	most  int64
	held  int64
	freed chan struct{} // closed when there is more room
}

func newAhead(most int64) *ahead { return &ahead{most: most, freed: make(chan struct{})} }

// share is what one sequence of answers holds of the room. A sequence that holds
// nothing gets in whatever the others hold, so that none waits for ever.
type share struct {
	of     *ahead
	held   int64
	likely int64 // size of an answer
}

const firstGuess = 16 << 10

func (a *ahead) share() *share { return &share{of: a, likely: firstGuess} }

// take waits for room for one more answer and returns the room taken.
func (s *share) take(ctx context.Context) (n int64, err error) {
	for {
		s.of.mu.Lock()
		if n = s.likely; s.held == 0 || s.of.held+n <= s.of.most {
			s.hold(n)
			s.of.mu.Unlock()
			return n, nil
		}
		freed := s.of.freed
		s.of.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// settle replaces the room taken by the size that the answer turned out to have.
func (s *share) settle(taken, size int64) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.likely = max(size, s.likely-s.likely/16, firstGuess)
	s.hold(size - taken)
}

// give returns the room of an answer that was written.
func (s *share) give(size int64) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.hold(-size)
}

// close returns all that is held.
func (s *share) close() { s.give(s.held) }

func (s *share) hold(n int64) {
	s.held += n
	s.of.held += n
	if n < 0 {
		close(s.of.freed)
		s.of.freed = make(chan struct{})
	}
}
