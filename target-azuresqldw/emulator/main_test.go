package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/microsoft/go-mssqldb"
)

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// emulator runs the command until stop is called, and gives its settings.
func emulator(t *testing.T, args ...string) (settings map[string]any, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var stderr buffer
	done := make(chan error, 1)
	go func() {
		err := run(ctx, args, in, &stderr)
		in.CloseWithError(err)
		done <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Fatalf("stdout = %q, %v, want ready", line, err)
	}
	_, text, _ := strings.Cut(stderr.String(), "settings of target-azuresqldw:\n")
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		t.Fatalf("settings: %v in %s", err, stderr.String())
	}
	return settings, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run = %v", err)
		}
	}
}

func connect(t *testing.T, settings map[string]any) *sql.DB {
	t.Helper()
	q := url.Values{"database": {settings["database"].(string)}, "encrypt": {"true"}}
	if file, ok := settings["certificate"].(string); ok {
		q.Set("certificate", file)
	} else {
		q.Set("TrustServerCertificate", "true")
	}
	u := url.URL{Scheme: "sqlserver", Host: fmt.Sprintf("%v:%v", settings["host"], settings["port"]), RawQuery: q.Encode(),
		User: url.UserPassword(settings["user"].(string), settings["password"].(string))}
	db, err := sql.Open("sqlserver", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestTablesAreKeptInTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"--data", filepath.Join(dir, "pool.db"), "--certificate", filepath.Join(dir, "ca.pem"), "--password", "pä$$w0rd"}
	settings, stop := emulator(t, args...)
	db := connect(t, settings)
	for _, statement := range []string{
		"CREATE TABLE [dbo].[kept] ([id] int NOT NULL, [name] nvarchar(20) NULL) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)",
		"INSERT INTO [dbo].[kept] ([id], [name]) VALUES (1, N'grüße 😀')",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	db.Close()
	stop()

	settings, stop = emulator(t, args...)
	defer stop()
	var name string
	if err := connect(t, settings).QueryRowContext(t.Context(), "SELECT [name] FROM [dbo].[kept] WHERE [id] = 1").Scan(&name); err != nil || name != "grüße 😀" {
		t.Errorf("after a restart the row is %q, %v", name, err)
	}
}

func TestWrongUseIsTold(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--nonsense"}, {"stray"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("run(%q) = %v, want wrong use", args, err)
		}
	}
	if err := run(t.Context(), []string{"--help"}, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("run(--help) = %v, want help", err)
	}
	if err := run(t.Context(), []string{"--tds", "256.0.0.1:1"}, io.Discard, io.Discard); err == nil || errors.Is(err, errUsage) {
		t.Errorf("run on no address = %v, want an error of the pool", err)
	}
}
