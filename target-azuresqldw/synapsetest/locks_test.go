package synapsetest

import (
	"runtime"
	"testing"
	"time"
)

func TestDefinitionsWaitForReaders(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	if _, err := s.Query("CREATE TABLE dbo.t (a int) WITH (HEAP); INSERT INTO dbo.t SELECT 1"); err != nil {
		t.Fatal(err)
	}
	for _, batch := range []string{"ALTER TABLE dbo.t ADD b int NULL", "ALTER TABLE dbo.t ALTER COLUMN a bigint NULL", "ALTER TABLE dbo.t DROP COLUMN b", "TRUNCATE TABLE dbo.t", "RENAME OBJECT dbo.t TO u", "DROP TABLE dbo.u"} {
		table := "dbo.t"
		if batch == "DROP TABLE dbo.u" {
			table = "dbo.u"
		}
		release, err := s.Read(table)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			_, err := s.Query(batch)
			done <- err
		}()
		for s.Waiting() == 0 {
			runtime.Gosched()
		}
		if _, err := s.Query("INSERT INTO " + table + " (a) SELECT 2; DELETE FROM " + table + " WHERE a = 2; SELECT * FROM " + table); err != nil {
			t.Errorf("%s: rows cannot be changed or read meanwhile: %v", batch, err)
		}
		select {
		case err := <-done:
			t.Errorf("%s is through while somebody reads: %v", batch, err)
		default:
		}
		release()
		release()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", batch, err)
		}
	}
	s = New(t, Options{LockTimeout: time.Millisecond})
	if _, err := s.Query("CREATE TABLE dbo.t (a int) WITH (HEAP)"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read("dbo.t"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Query("DROP TABLE dbo.t"); numberIn(err) != 1222 {
		t.Errorf("a reader that stays: %v, want 1222", err)
	}
	if _, err := s.Read("dbo.none"); err == nil {
		t.Error("a table that is not there can be read")
	}
}
