package tds

import "fmt"

// Requests of the transaction manager (MS-TDS 2.2.6.9).
const (
	managerBegin    = 5
	managerCommit   = 7
	managerRollback = 8
)

func (c *conn) answerTransaction(r *response, body *cursor) error {
	kind := body.u16()
	if body.err != nil {
		return body.err
	}
	run := func(k RequestKind, t Transition) error {
		r.failed = 0
		if err := c.execute(r, Event{Kind: k}); err != nil || r.failed != 0 {
			return err
		}
		return r.Transaction(t)
	}
	switch kind {
	case managerBegin:
		return run(KindBegin, Began)
	case managerCommit, managerRollback:
		body.text(int(body.u8())) // name
		beginAnother := body.u8()&1 != 0
		if body.err != nil {
			return body.err
		}
		k, t := KindCommit, Committed
		if kind == managerRollback {
			k, t = KindRollback, RolledBack
		}
		if err := run(k, t); err != nil || r.failed != 0 || !beginAnother {
			return err
		}
		return run(KindBegin, Began)
	}
	// Distributed transactions and savepoints do not exist in a pool (azure/synapse-analytics/sql-data-warehouse/
	// sql-data-warehouse-develop-transactions, "Limitations").
	return r.Error(&Error{Number: 3971, Class: 16, Message: fmt.Sprintf("Request %d of the transaction manager is not supported.", kind)})
}
