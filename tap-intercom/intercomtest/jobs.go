package intercomtest

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Jobs that make exports ready in the background.
//
// Behaviour:
//   - a job is pending until Options.ExportTime after it was asked for, then it
//     is done; what it exports is looked up when it is downloaded
//   - while the most jobs of a kind are pending, another is 429, with the code
//     of too many requests
//   - two days after it was done a job is gone: 404

// exportLife is how long an export can be downloaded.
const exportLife = 48 * time.Hour

// jobs are the exports of one kind.
type jobs struct {
	prefix  string // of identifiers
	most    int    // pending at the same time
	message string // of the refusal of one more
	mu      sync.Mutex
	list    []*job
}

type job struct {
	id       string
	asked    time.Time
	from, to int64
	canceled bool
	request  Object // as it was asked for
}

// start files a job, or refuses it.
func (js *jobs) start(s *Server, from, to int64, request Object) (*job, *answer) {
	js.mu.Lock()
	defer js.mu.Unlock()
	now := s.clock.Now()
	pending := 0
	for _, j := range js.list {
		if !j.canceled && now.Before(j.asked.Add(s.options.ExportTime)) {
			pending++
		}
	}
	if pending >= js.most {
		refused := fail(http.StatusTooManyRequests, "rate_limit_exceeded", js.message)
		return nil, &refused
	}
	j := &job{id: js.prefix + strconv.Itoa(len(js.list)+1), asked: now, from: from, to: to, request: request}
	js.list = append(js.list, j)
	return j, nil
}

// find gives a job that is not gone.
func (js *jobs) find(s *Server, id string) (*job, bool) {
	js.mu.Lock()
	defer js.mu.Unlock()
	for _, j := range js.list {
		if j.id == id && s.clock.Now().Before(j.asked.Add(s.options.ExportTime+exportLife)) {
			return j, true
		}
	}
	return nil, false
}

func (j *job) done(s *Server) bool { return !s.clock.Now().Before(j.asked.Add(s.options.ExportTime)) }
