package tds_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// pipes dials a server without a socket.
type pipes struct{ s *tds.Server }

func (p pipes) DialContext(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go p.s.ServeConn(server)
	return client, nil
}

func TestPipesServeInABubbleWithAClockOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, encrypt := range []string{"disable", "true&TrustServerCertificate=true"} {
		synctest.Test(t, func(t *testing.T) {
			p := newPool()
			p.answers["SLEEP AN HOUR"] = func(ctx context.Context, _ tds.Request, w tds.ResultWriter) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Hour):
					return w.Done(-1)
				}
			}
			s, err := tds.NewServer(tds.Options{Handler: p})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			connector, err := mssql.NewConnector("sqlserver://loader:p%C3%A4$$w%C3%B6rd@127.0.0.1:1433?database=dw&encrypt=" + encrypt)
			if err != nil {
				t.Fatal(err)
			}
			connector.Dialer = pipes{s}
			db := sql.OpenDB(connector)
			defer db.Close()
			mustScanOne(t, db)

			began := time.Now()
			if _, err := db.ExecContext(t.Context(), "SLEEP AN HOUR"); err != nil || time.Since(began) != time.Hour {
				t.Errorf("an hour took %v, %v", time.Since(began), err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began = time.Now()
			if _, err := db.ExecContext(ctx, "SLEEP AN HOUR"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
				t.Errorf("a minute's patience ended after %v with %v", time.Since(began), err)
			}
			mustScanOne(t, db)
		})
	}
}
