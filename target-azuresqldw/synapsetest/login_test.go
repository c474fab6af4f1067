package synapsetest

import (
	"database/sql"
	"errors"
	"net/url"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"
)

func TestLoginsAreRefusedWithTheNumberOfThePoolOrOfTheGateway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o                        Options
		user, password, database string
		want                     int32
	}{
		{Options{}, "loader", "wrong", "pool", 18456},
		{Options{}, "nobody", "Passw0rd!", "pool", 18456},
		{Options{}, "loader", "Passw0rd!", "elsewhere", 4060},
		{Options{GatewayError: true}, "loader", "wrong", "pool", 110003},
		{Options{GatewayError: true}, "loader", "Passw0rd!", "elsewhere", 4060},
	} {
		s := New(t, c.o)
		u := url.URL{Scheme: "sqlserver", User: url.UserPassword(c.user, c.password), Host: s.Addr(),
			RawQuery: url.Values{"database": {c.database}, "encrypt": {"disable"}}.Encode()}
		db, err := sql.Open("sqlserver", u.String())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if e, ok := errors.AsType[mssql.Error](db.PingContext(t.Context())); !ok || e.Number != c.want {
			t.Errorf("%+v of %s into %s: %v, want %d", c.o, c.user, c.database, e, c.want)
		}
	}
}
