package target

import "sync"

// shares are the parts of max_batch_bytes that rows may take on each station of their way. Together they are less than the whole, so that
// the collector has something to do. They have lower bounds, which belong to what the target takes anyhow.
type shares struct {
	flight  int64 // between the reader and the load: lines, the rows made of them, and what that takes
	waiting int64 // rows of a load, not compressed; there are two loads
	packed  int64 // compressed, not uploaded
}

func sharesOf(batchBytes int64) shares {
	return shares{flight: max(batchBytes/4, 8<<20), waiting: max(batchBytes/8, 2<<20), packed: max(batchBytes/4, 8<<20)}
}

// blockBytes is how much is uploaded at once: what is packed has room for several blocks under way.
func (s shares) blockBytes() int { return int(min(s.packed/8, 8<<20)) }

// A budget is memory that is given out. What needs more than all of it gets it when nobody else has any.
type budget struct {
	mu     sync.Mutex
	change chan struct{} // closed when something was given back; nil when nobody waits
	limit  int64
	used   int64
}

// take waits for n bytes, for a caller that holds held of them already. It returns false when quit is closed before.
func (b *budget) take(n, held int64, quit <-chan struct{}) bool {
	for {
		b.mu.Lock()
		if n <= 0 || b.used+n <= b.limit || b.used <= held {
			b.give(n)
			b.mu.Unlock()
			return true
		}
		if b.change == nil {
			b.change = make(chan struct{})
		}
		change := b.change
		b.mu.Unlock()
		select {
		case <-change:
		case <-quit:
			return false
		}
	}
}

// add takes n bytes that cannot wait, or gives back -n.
func (b *budget) add(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.give(n)
}

func (b *budget) give(n int64) {
	b.used += n
	if n < 0 && b.change != nil {
		close(b.change)
		b.change = nil
	}
}
