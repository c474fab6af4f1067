package synapse

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"
)

func (o Options) withDefaults() Options {
	if o.Port == 0 {
		o.Port = 1433
	}
	if o.Encrypt == "" {
		o.Encrypt = EncryptTrue
	}
	if o.AppName == "" {
		o.AppName = "target-azuresqldw"
	}
	if o.Connections <= 0 {
		o.Connections = 4 // the smallest pool runs four queries at once
	}
	if o.DialTimeout <= 0 {
		o.DialTimeout = 30 * time.Second
	}
	o.Patience = o.Patience.withDefaults()
	if o.Attempts <= 0 {
		o.Attempts = 8 // a minute in all, which a fail-over may take
	}
	if o.PauseWait <= 0 {
		o.PauseWait = 10 * time.Minute
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// config turns the options into the driver's. No application intent is
// stated: a dedicated pool has no read-only replica to send anybody to.
func (o Options) config() (msdsn.Config, error) {
	q := url.Values{}
	q.Set(msdsn.Database, o.Database)
	q.Set(msdsn.Encrypt, string(o.Encrypt))
	q.Set(msdsn.AppName, o.AppName)
	q.Set(msdsn.DialTimeout, strconv.Itoa(max(1, int(o.DialTimeout/time.Second))))
	q.Set(msdsn.ConnectionTimeout, "0") // contexts end what takes too long
	if o.TrustServerCertificate {
		q.Set(msdsn.TrustServerCertificate, "true")
	}
	if o.Certificate != "" {
		q.Set(msdsn.Certificate, o.Certificate)
	}
	if o.HostNameInCertificate != "" {
		q.Set(msdsn.HostNameInCertificate, o.HostNameInCertificate)
	}
	if o.Workstation != "" {
		q.Set(msdsn.WorkstationID, o.Workstation)
	}
	u := url.URL{
		Scheme: "sqlserver", Host: fmt.Sprintf("%s:%d", o.Host, o.Port),
		User: url.UserPassword(o.User, o.Password.Reveal()), RawQuery: q.Encode(),
	}
	config, err := msdsn.Parse(u.String())
	if err != nil {
		text := err.Error()
		if !o.Password.IsZero() {
			text = strings.ReplaceAll(text, o.Password.Reveal(), o.Password.String())
			text = strings.ReplaceAll(text, url.QueryEscape(o.Password.Reveal()), o.Password.String())
		}
		return msdsn.Config{}, fmt.Errorf("connect to %s: %s", o.Host, text)
	}
	return config, nil
}

// connector bounds the time that dialing and login may take together: the
// driver bounds the dialing alone, and waits for ever for a server that takes the
// connection and says nothing.
type connector struct {
	*mssql.Connector
	timeout time.Duration
	lines   *lines
}

func newConnector(config msdsn.Config, timeout time.Duration, lines *lines) *connector {
	c := mssql.NewConnectorConfig(config)
	c.Dialer = newDialer()
	return &connector{c, timeout, lines}
}

// Connect opens one connection, and asks the pool what it calls its session.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	made := &dialed{}
	conn, err := c.Connector.Connect(context.WithValue(ctx, dialedKey{}, made))
	if err != nil {
		return nil, connectError{err}
	}
	session, err := askSession(ctx, conn)
	var l *line
	if err == nil {
		l, err = made.used()
	}
	if err != nil {
		conn.Close()
		return nil, connectError{err}
	}
	l.session = session
	c.lines.keep(conn, l)
	return conn, nil
}

// askSession asks a new connection for the name of its session; "" when the
// pool does not tell.
func askSession(ctx context.Context, conn driver.Conn) (name string, err error) {
	stmt, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, "SELECT SESSION_ID()")
	if err != nil {
		return "", err
	}
	defer stmt.Close()
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, nil)
	if len(numbers(err)) > 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if len(row) == 1 {
		name, _ = row[0].(string)
	}
	return name, nil
}

// connectError is an error of dialing, of TLS or of login: nothing was sent
// that could have been done. The driver gives some of them as text alone.
type connectError struct{ err error }

func (e connectError) Error() string { return e.err.Error() }
func (e connectError) Unwrap() error { return e.err }

// class tells what needs a person from what passes.
func (e connectError) class() Class {
	text := e.err.Error()
	var dns *net.DNSError
	switch {
	case strings.Contains(text, "x509:"), strings.Contains(text, "certificate"), strings.Contains(text, "server does not support encryption"):
		return ClassAuth
	case errors.As(e.err, &dns) && dns.IsNotFound:
		return ClassAuth
	}
	return ClassTransient
}

func (e connectError) hint() string {
	text := e.err.Error()
	var dns *net.DNSError
	switch {
	case strings.Contains(text, "server does not support encryption"):
		return "the server takes no encrypted connection, which only a test server may do: encrypt: disable"
	case strings.Contains(text, "x509:"), strings.Contains(text, "certificate"):
		return "the server's certificate is not trusted: give its authority's as certificate; a port or a host name that is not the server's own does this too"
	case errors.As(e.err, &dns) && dns.IsNotFound:
		return "there is no such host: check host"
	}
	return "check host and port, and that no firewall is in between"
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
