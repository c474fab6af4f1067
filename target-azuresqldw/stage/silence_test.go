package stage

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/linetest"
)

// lineTo is a container behind a line that dies where cut says.
func lineTo(t *testing.T, store *blobtest.Server, cut *linetest.Cut, o Options) (*Container, *linetest.Line) {
	t.Helper()
	line := linetest.NewHTTP(t, strings.TrimPrefix(strings.TrimSuffix(store.URL, "/"+store.Account), "http://"), cut)
	o.Endpoint, o.Container, o.AccountKey, o.Uploads = "http://"+line.Addr+"/"+store.Account, "files", secret.New(store.Key), 1
	o.RetryDelay = time.Millisecond
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, line
}

// life writes a file in blocks, lists it and deletes it.
func life(t *testing.T, c *Container) {
	t.Helper()
	f := c.NewFile(t.Context(), "a.csv.gz")
	for i := range 3 {
		if _, err := f.Write(noise(uint64(i), 20<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := c.List(t.Context(), "a"); err != nil || len(list) != 1 {
		t.Fatalf("List: %v, %v", list, err)
	}
}

func TestARequestThatStandsStillIsRepeatedWhereverItDies(t *testing.T) {
	t.Parallel()
	options := Options{BlockBytes: 16 << 10, Silence: time.Minute}
	store := blobtest.New(t, blobtest.Options{Containers: []string{"files"}})
	c, line := lineTo(t, store, nil, options)
	life(t, c)
	want, _ := store.Get("files", "a.csv.gz")
	n := line.Messages(linetest.ToServer)
	if n < 5 || line.Messages(linetest.ToClient) != n {
		t.Fatalf("%d requests, %d answers", n, line.Messages(linetest.ToClient))
	}
	options.Silence, options.Patience, options.Retries = 60*time.Millisecond, time.Minute, 50 // a busy machine is silent, too
	for at := range n {
		for _, d := range []linetest.Direction{linetest.ToServer, linetest.ToClient} {
			for _, within := range []bool{false, true} {
				for _, death := range []linetest.Death{linetest.Silent, linetest.HalfOpen} {
					t.Run(fmt.Sprintf("%d %v %v %v", at, d, within, death), func(t *testing.T) {
						t.Parallel()
						store := blobtest.New(t, blobtest.Options{Containers: []string{"files"}})
						c, line := lineTo(t, store, &linetest.Cut{At: at, Direction: d, Within: within, Death: death}, options)
						life(t, c)
						if got, _ := store.Get("files", "a.csv.gz"); !bytes.Equal(got, want) || !line.Struck() {
							t.Errorf("struck %v, %d bytes, want %d", line.Struck(), len(got), len(want))
						}
					})
				}
			}
		}
	}
}

// A storage account that takes connections and says nothing.
func TestASilentStorageAccountEndsTheUploadWithItsName(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var log bytes.Buffer
	c, err := Open(Options{Endpoint: "http://" + listener.Addr().String() + "/acct", Container: "files", AccountKey: secret.New("a2V5"),
		Silence: 30 * time.Millisecond, Patience: 80 * time.Millisecond, RetryDelay: time.Millisecond, Retries: 100, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = c.List(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "no answer from "+listener.Addr().String()) || !strings.Contains(err.Error(), "check blob_endpoint (http://"+listener.Addr().String()) {
		t.Errorf("List: %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if !strings.Contains(log.String(), "a request to the storage account failed") {
		t.Errorf("log:\n%s", log.String())
	}
}

func TestTheDefaultsEndASilentUploadWithinAMinute(t *testing.T) {
	t.Parallel()
	o := Options{}.withDefaults()
	tries := int(o.Patience / o.Silence)
	all := time.Duration(tries) * (o.Silence + (&steady{silence: o.Silence}).step())
	for i := range tries - 1 {
		all += o.RetryDelay << i * 13 / 10 // azcore adds up to three tenths by chance
	}
	if all > time.Minute || all < o.Patience {
		t.Errorf("%d tries take %v", tries, all)
	}
}
