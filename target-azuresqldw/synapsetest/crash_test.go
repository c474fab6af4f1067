package synapsetest

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
)

// crashFile tells the test's own binary, started again, to serve that file.
const crashFile = "SYNAPSETEST_CRASH_FILE"

func TestMain(m *testing.M) {
	if file := os.Getenv(crashFile); file != "" {
		s, err := Start(Options{DataFile: file})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(s.Addr())
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

func TestWhatWasCommittedOutlivesACrashAndNothingElse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pool.db")
	child := serve(t, file)
	db := dial(t, child.addr, url.UserPassword("loader", "Passw0rd!"), "pool")
	exec(t, db, "CREATE TABLE dbo.t (a int, b bigint DEFAULT 9223372036854775807, c varbinary(4) DEFAULT 0x0102, d float DEFAULT 2, e nvarchar(3) DEFAULT N'é') WITH (HEAP)")
	exec(t, db, "INSERT INTO dbo.t (a) VALUES (1)")
	c := conn(t, db)
	exec(t, c, "CREATE TABLE #t (a int) WITH (HEAP); INSERT INTO #t (a) VALUES (1)")
	exec(t, c, "BEGIN TRAN; INSERT INTO dbo.t (a) VALUES (2); DELETE FROM dbo.t WHERE a = 1")
	child.kill()

	s := New(t, Options{DataFile: file})
	wantText(t, s, "SELECT a FROM dbo.t", "1")
	wantText(t, s, "INSERT INTO dbo.t (a) VALUES (3); SELECT b, c, d, e FROM dbo.t WHERE a = 3", "9223372036854775807,0x0102,2,é")
	wantText(t, s, "CREATE TABLE dbo.u (a int) WITH (HEAP); CREATE TABLE dbo.v (a int) WITH (HEAP); SELECT COUNT(*) FROM dbo.u", "0")
}

type child struct {
	addr string
	kill func()
}

// serve starts a server in a process of its own.
func serve(t *testing.T, file string) child {
	t.Helper()
	c := osexec.Command(os.Args[0])
	c.Env = append(os.Environ(), crashFile+"="+file)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := false
	kill := func() {
		if !done {
			done = true
			_ = c.Process.Kill() // it may have ended
			_ = c.Wait()         // says that it was killed
		}
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	return child{addr: line[:len(line)-1], kill: kill}
}
