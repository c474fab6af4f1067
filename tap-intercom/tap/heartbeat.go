package tap

import (
	"sync"
	"time"
)

// heartbeat is how often the log says that reading goes on. A scroll through
// companies that did not change, or visits of contacts that did nothing, may take an
// hour without a row, and what runs the tap takes silence for a hang (Airbyte:
// pull 67104).
const heartbeat = time.Minute

// ticker gives a channel that ticks every d until stop is called.
type ticker func(d time.Duration) (ticks <-chan time.Time, stop func())

func realTicker(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}

// beat says what is being read, again and again, until stop is called.
func (r *run) beat() (stop func()) {
	ticks, quiet := r.ticker(heartbeat)
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		for {
			select {
			case <-ticks:
				r.log.Info("reading", "streams", r.underWay(), "requests", r.client.Requests())
			case <-done:
				return
			}
		}
	})
	return func() {
		quiet()
		close(done)
		beating.Wait()
	}
}

// underWay names the first stream of each group that is being read.
func (r *run) underWay() []string {
	r.stating.Lock()
	defer r.stating.Unlock()
	var names []string
	for _, g := range r.groups {
		if g.begun && !g.ended {
			names = append(names, g.outs[0].name)
		}
	}
	return names
}
