package synapsetest

import (
	"sync"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/tds"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// Batch is one request that a client made: a batch of statements, or a request of
// the transaction manager.
type Batch struct {
	Session int
	User    string
	App     string
	Text    string // with the SECRET literals masked
	Params  []tds.Param
	Began   time.Time
	Took    time.Duration
	Done    bool
	Err     error
}

type batchLog struct {
	mu   sync.Mutex
	list []*Batch
}

// Batches gives a copy of what clients have asked since the start or the last
// ForgetBatches, in the order of arrival. Nothing is recorded unless
// Options.Batches is positive.
func (s *Server) Batches() []Batch {
	s.batches.mu.Lock()
	defer s.batches.mu.Unlock()
	out := make([]Batch, len(s.batches.list))
	for i, b := range s.batches.list {
		out[i] = *b
	}
	return out
}

// ForgetBatches empties the record.
func (s *Server) ForgetBatches() {
	s.batches.mu.Lock()
	defer s.batches.mu.Unlock()
	s.batches.list = nil
}

type batchRecord struct {
	log   *batchLog
	batch *Batch
}

func (s *Server) record(c *session, q tds.Request) batchRecord {
	b := &Batch{Session: c.id, User: c.user, App: c.app, Text: tsql.MaskSecrets(q.Text), Params: q.Params, Began: time.Now()}
	r := batchRecord{log: &s.batches, batch: b}
	if s.options.Batches > 0 && !c.direct {
		s.batches.mu.Lock()
		defer s.batches.mu.Unlock()
		s.batches.list = append(s.batches.list, b)
		if extra := len(s.batches.list) - s.options.Batches; extra > 0 {
			s.batches.list = s.batches.list[extra:]
		}
	}
	return r
}

func (r batchRecord) finish(err error) error {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	r.batch.Took, r.batch.Done, r.batch.Err = time.Since(r.batch.Began), true, err
	return err
}
