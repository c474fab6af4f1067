package synapse

import (
	"net"
	"strings"
	"testing"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/synapsetest"
)

func TestAServerThatTakesTheConnectionAndSaysNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	at := silent.Addr().(*net.TCPAddr)
	ended := make(chan error, 1)
	go func() {
		_, err := Open(t.Context(), Options{
			Host: "127.0.0.1", Port: at.Port, Database: "d", User: "u", Password: secret.New("p"), DialTimeout: 50 * time.Millisecond, Attempts: 1,
		})
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "check host and port") {
			t.Errorf("Open: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Open waits on")
	}
}

func TestTheTimeToConnectBoundsNothingElse(t *testing.T) {
	t.Parallel()
	server := synapsetest.New(t, synapsetest.Options{})
	p, err := Open(t.Context(), Options{
		Host: server.Host(), Port: server.Port(), Database: server.Database(), User: server.User(), Password: secret.New(server.Password()),
		TrustServerCertificate: true, DialTimeout: 500 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	began := time.Now()
	conn, err := p.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for time.Since(began) < 600*time.Millisecond {
		var one int
		if err := conn.QueryRowContext(t.Context(), "SELECT 1").Scan(&one); err != nil {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
	}
}
