package synapsetest

import (
	"strings"
	"testing"
)

func TestAFaultStrikesTheStatementItNames(t *testing.T) {
	t.Parallel()
	s, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.t (a int) WITH (HEAP)")
	s.Fail(Fault{Match: "insert into dbo.t", Number: 40501, Message: "The service is busy.", Skip: 1})
	exec(t, db, "INSERT INTO dbo.t (a) VALUES (1)")
	if _, err := db.Exec("INSERT INTO dbo.t (a) VALUES (2)"); numberOf(err) != 40501 {
		t.Errorf("INSERT = %v, want 40501", err)
	}
	exec(t, db, "INSERT INTO dbo.t (a) VALUES (3)")
	wantRows(t, read(t, db, "SELECT a FROM dbo.t ORDER BY a"), "1", "3")
}

func TestAConnectionIsLostBeforeOrAfterCommit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		drop Drop
		want string
	}{"before": {DropBefore, "0"}, "after": {DropAfter, "1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, db := pool(t, Options{})
			exec(t, db, "CREATE TABLE dbo.t (a int) WITH (HEAP)")
			s.Fail(Fault{Match: "COMMIT", Drop: c.drop})
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			exec(t, tx, "INSERT INTO dbo.t (a) VALUES (1)")
			if err := tx.Commit(); err == nil {
				t.Error("Commit gave no error although the connection was cut")
			}
			// A write waits until the lost session has given up its place.
			exec(t, db, "DELETE FROM dbo.t WHERE a = 2")
			wantRows(t, read(t, db, "SELECT COUNT(*) FROM dbo.t"), c.want)
			if n := s.Heal(); n != 0 {
				t.Errorf("%d faults have not struck", n)
			}
		})
	}
}

func TestBatchesAreRecordedWithTheirOutcome(t *testing.T) {
	t.Parallel()
	s, db := pool(t, Options{})
	exec(t, db, "SELECT 1")
	if _, err := db.Exec("SELECT * FROM dbo.missing WHERE a = @p1", 5); numberOf(err) != 208 {
		t.Errorf("SELECT = %v, want 208", err)
	}
	var texts []string
	for _, b := range s.Batches() {
		texts = append(texts, b.Text)
		if strings.Contains(b.Text, "missing") && (numberIn(b.Err) != 208 || len(b.Params) != 1) {
			t.Errorf("record %+v, want error 208 and one parameter", b)
		}
	}
	if got := strings.Join(texts, "; "); !strings.Contains(got, "SELECT 1; SELECT * FROM dbo.missing") {
		t.Errorf("batches: %s", got)
	}
}
