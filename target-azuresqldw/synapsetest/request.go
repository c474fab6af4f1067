package synapsetest

import (
	"fmt"
	"sync"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// requestLog is what sys.dm_pdw_exec_requests shows: the last 10,000 statements
// (capacity limits page).
type requestLog struct {
	mu     sync.Mutex
	list   []*request
	nextID int
}

const maxRequests = 10000

// request is one statement. Its command is shown with SECRET literals hidden:
// whether a real pool hides them is not documented, this is our assumption.
type request struct {
	id               int
	session          int
	command, label   string
	status           string
	submitted, ended time.Time
	number           int32
}

func (l *requestLog) begin(session int, text, label string, now time.Time) *request {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nextID++
	r := &request{id: l.nextID, session: session, command: truncated(tsql.MaskSecrets(text), 4000), label: label, status: "Running", submitted: now}
	l.list = append(l.list, r)
	if len(l.list) > maxRequests {
		l.list = l.list[1:]
	}
	return r
}

func (l *requestLog) end(r *request, number int32, failed bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.status, r.ended, r.number = "Completed", now, number
	if failed {
		r.status = "Failed"
	}
}

var requestColumns = []viewColumn{col("request_id", sqltype.NVarChar(32)), col("session_id", sqltype.NVarChar(32)), col("status", sqltype.NVarChar(32)),
	col("submit_time", sqltype.DateTimeType), col("start_time", sqltype.DateTimeType), col("end_time", sqltype.DateTimeType),
	col("total_elapsed_time", sqltype.Int), col("label", sqltype.NVarChar(255)), col("error_id", sqltype.NVarChar(36)), col("database_id", sqltype.Int),
	col("command", sqltype.NVarChar(4000)), col("resource_class", sqltype.NVarChar(20))}

func requestRows(e *engine, _ *session) (out [][]any) {
	e.requests.mu.Lock()
	defer e.requests.mu.Unlock()
	for _, r := range e.requests.list {
		var ended, label, number any
		elapsed := time.Since(r.submitted)
		if !r.ended.IsZero() {
			ended, elapsed = sqltype.DateTimeOf(r.ended.UTC()), r.ended.Sub(r.submitted)
		}
		if r.label != "" {
			label = r.label
		}
		if r.number != 0 {
			number = itoa(int(r.number))
		}
		submitted := sqltype.DateTimeOf(r.submitted.UTC())
		out = append(out, []any{fmt.Sprintf("QID%d", r.id), fmt.Sprintf("SID%d", r.session), r.status, submitted, submitted, ended,
			elapsed.Milliseconds(), label, number, int64(5), r.command, "smallrc"})
	}
	return out
}

// truncated cuts s to n UTF-16 units.
func truncated(s string, n int) string { return cut(s, 0, int64(n)) }
