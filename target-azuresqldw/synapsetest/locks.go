package synapsetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// readers are the locks of queries. A query has a shared lock on its tables while it runs; what changes a table's definition
// wants an exclusive one, which conflicts with all others, and waits (sql/relational-databases/system-dynamic-management-views/
// sys-dm-pdw-waits-transact-sql). Queries that the emulator answers are over before anybody could wait for them; Server.Read is for longer ones.
type readers struct {
	mu      sync.Mutex
	tables  map[int64]int // by the table's ID
	gone    chan struct{} // closed when a reader goes, and made anew
	waiting int
}

func newReaders() *readers { return &readers{tables: map[int64]int{}, gone: make(chan struct{})} }

// Read has a reader hold its lock on a table, such as "raw.users", until release is called.
func (s *Server) Read(table string) (release func(), err error) {
	c := s.open("reader", "")
	defer s.forget(c)
	s.e.mu.Lock()
	t := c.tableNamed(table)
	s.e.mu.Unlock()
	if t == nil {
		return nil, fmt.Errorf("read %s: there is no such table", table)
	}
	s.e.readers.change(t.ID, 1)
	return sync.OnceFunc(func() { s.e.readers.change(t.ID, -1) }), nil
}

// Waiting says how many statements wait for readers to go.
func (s *Server) Waiting() int {
	s.e.readers.mu.Lock()
	defer s.e.readers.mu.Unlock()
	return s.e.readers.waiting
}

func (l *readers) change(id int64, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tables[id] += by
	if by < 0 {
		close(l.gone)
		l.gone = make(chan struct{})
	}
}

// wait returns when nobody reads the tables, or with 1222.
func (l *readers) wait(ctx context.Context, ids []int64, timeout time.Duration) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting++
	defer func() { l.waiting-- }()
	for {
		read := 0
		for _, id := range ids {
			read += l.tables[id]
		}
		if read == 0 {
			return nil
		}
		gone := l.gone
		l.mu.Unlock()
		var err error
		select {
		case <-gone:
		case <-ctx.Done():
			err = ctx.Err()
		case <-timer.C:
			err = sqltype.Errorf(1222, "Lock request time out period exceeded.")
		}
		l.mu.Lock()
		if err != nil {
			return err
		}
	}
}

// exclusive waits for the readers of the tables that a definition changes.
func (r *run) exclusive(ctx context.Context, st tsql.Statement) error {
	var names []tsql.Name
	switch st := st.(type) {
	case *tsql.DropTable:
		names = st.Names
	case *tsql.TruncateTable:
		names = []tsql.Name{st.Name}
	case *tsql.RenameObject:
		names = []tsql.Name{st.Table}
	case *tsql.TransferObject:
		names = []tsql.Name{st.Table}
	case *tsql.AddColumns:
		names = []tsql.Name{st.Table}
	case *tsql.AlterColumn:
		names = []tsql.Name{st.Table}
	case *tsql.DropColumns:
		names = []tsql.Name{st.Table}
	}
	var ids []int64
	r.s.e.mu.Lock()
	for _, n := range names {
		if t := r.s.table(n); t != nil {
			ids = append(ids, t.ID)
		}
	}
	r.s.e.mu.Unlock()
	return r.s.e.readers.wait(ctx, ids, r.s.server.options.LockTimeout)
}
