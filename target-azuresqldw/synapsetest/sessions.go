package synapsetest

import (
	"slices"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// maxSessions is how many rows sys.dm_pdw_exec_sessions has (capacity limits page: 10,000 rows of a management view).
const maxSessions = 10000

func (s *Server) open(user, app string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &session{server: s, e: s.e, id: s.nextID, user: user, app: app, temp: map[string]*table{}}
	s.sessions[c.id] = c
	s.nextID++
	return c
}

func (s *Server) forget(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c.id)
	if c.direct {
		return
	}
	s.ended = append(s.ended, c)
	if extra := len(s.ended) - maxSessions; extra > 0 {
		s.ended = s.ended[extra:]
	}
}

// name is what SESSION_ID() answers.
func (s *session) name() string { return "SID" + itoa(s.id) }

// sessionRows gives "all sessions currently or recently open" (sys-dm-pdw-exec-sessions-transact-sql); past ones are
// Closed or Killed.
func sessionRows(_ *engine, c *session) (out [][]any) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	row := func(x *session, status string) {
		out = append(out, []any{x.name(), status, x.user, x.app, x == c && x.tran != noTransaction})
	}
	for _, x := range c.server.ended {
		row(x, "Closed")
	}
	for _, x := range c.server.sessions {
		row(x, "Active")
	}
	slices.SortFunc(out, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	return out
}

// kill ends another session: its transaction is rolled back, its connection cut (kill-transact-sql). Numbers are SQL
// Server's; the pool's own are not documented.
func (s *Server) kill(by *session, name string) error {
	if s.options.NoViewState {
		return sqltype.Errorf(6102, "User does not have permission to use the KILL statement.")
	}
	if name == by.name() {
		return sqltype.Errorf(6104, "Cannot use KILL to kill your own process.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sessions {
		if c.name() == name && c.hangUp != nil {
			c.hangUp()
			return nil
		}
	}
	return sqltype.Errorf(6106, "Process ID %s is not an active process ID.", strings.TrimPrefix(name, "SID"))
}

// checkView refuses the views that take VIEW DATABASE STATE (sql-data-warehouse-manage-monitor, "Permissions") to a login without it.
func (s *session) checkView(v *view) {
	if s.server.options.NoViewState && !s.direct && strings.HasPrefix(v.name, "dm_") {
		panic(sqltype.Errorf(262, "VIEW DATABASE STATE permission denied in database '%s'.", s.e.database))
	}
}
