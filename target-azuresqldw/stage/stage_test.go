package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/klauspost/compress/gzip"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/blobtest"
)

// account is a storage account to test with: blobtest, or a real service.
type account struct {
	endpoint, name, key string
	server              *blobtest.Server // nil for a real service
}

// eachAccount runs a test on blobtest, and on the service at
// AZURITE_BLOB_ENDPOINT (with AZURITE_ACCOUNT and AZURITE_KEY unless it is
// Azurite's own account) when there is one. Each run has a container of its own.
func eachAccount(t *testing.T, test func(*testing.T, account, Options)) {
	t.Parallel()
	t.Run("blobtest", func(t *testing.T) {
		t.Parallel()
		a, o := newAccount(t)
		test(t, a, o)
	})
	endpoint := os.Getenv("AZURITE_BLOB_ENDPOINT")
	if endpoint == "" {
		return
	}
	t.Run("azurite", func(t *testing.T) {
		t.Parallel()
		a := account{endpoint: strings.TrimRight(endpoint, "/"), name: os.Getenv("AZURITE_ACCOUNT"), key: os.Getenv("AZURITE_KEY")}
		if a.name == "" {
			a.name = path.Base(a.endpoint)
		}
		if a.key == "" { // documented, the same for every Azurite
			a.key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
		}
		o := Options{Endpoint: a.endpoint, Account: a.name, AccountKey: secret.New(a.key), Container: fmt.Sprintf("stage-%d", rand.Uint64())}
		client, err := container.NewClientWithSharedKeyCredential(a.endpoint+"/"+o.Container, sharedKey(t, a), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Create(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Delete(context.Background(), nil) })
		test(t, a, o)
	})
}

func newAccount(t *testing.T) (account, Options) {
	t.Helper()
	s := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	a := account{s.URL, s.Account, s.Key, s}
	return a, Options{Endpoint: s.URL, Container: "stage", AccountKey: secret.New(s.Key), RetryDelay: time.Millisecond, Retries: 2}
}

func sharedKey(t *testing.T, a account) *container.SharedKeyCredential {
	t.Helper()
	key, err := container.NewSharedKeyCredential(a.name, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// content downloads a file and unpacks it.
func (a account) content(t *testing.T, b Blob) []byte {
	t.Helper()
	client, err := blockblob.NewClientWithSharedKeyCredential(b.URL, sharedKey(t, a), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.DownloadStream(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	packed, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(packed)) != b.Bytes {
		t.Errorf("blob %s has %d bytes, Commit said %d", b.Name, len(packed), b.Bytes)
	}
	return unzip(t, packed)
}

// unzip unpacks the one gzip member there has to be.
func unzip(t *testing.T, packed []byte) []byte {
	t.Helper()
	r := bytes.NewReader(packed)
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() > 0 {
		t.Errorf("%d bytes behind the gzip member", r.Len())
	}
	return plain
}

func open(t *testing.T, o Options) *Container {
	t.Helper()
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, w io.Writer, data []byte) {
	t.Helper()
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, f *File) Blob {
	t.Helper()
	b, err := f.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// noise is CSV that gzip cannot make much smaller.
func noise(seed uint64, bytes int) []byte {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"
	r := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, 0, bytes+1000)
	for len(data) < bytes {
		data = append(data, "1,\""...)
		for range 90 {
			for n, i := r.Uint64(), 0; i < 10; n, i = n>>6, i+1 {
				data = append(data, digits[n&63])
			}
		}
		data = append(data, "\"\n"...)
	}
	return data
}

func TestSmallFileGoesUpInOnePiece(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		o.Prefix = "raw/intercom/"
		c := open(t, o)
		f := c.NewFile(t.Context(), "run/users.csv.gz")
		write(t, f, []byte("1,\"a\"\n"))
		write(t, f, []byte("2,\"b\"\n"))
		b := commit(t, f)
		if b.Name != "run/users.csv.gz" || b.URL != o.Endpoint+"/"+o.Container+"/raw/intercom/run/users.csv.gz" {
			t.Errorf("Commit = %+v", b)
		}
		if got := a.content(t, b); string(got) != "1,\"a\"\n2,\"b\"\n" {
			t.Errorf("content = %q", got)
		}
		if a.server != nil {
			if n := count(a.server, blobtest.PutBlob); n != 1 || count(a.server, blobtest.PutBlock) > 0 {
				t.Errorf("%d Put Blob, want 1 and no block", n)
			}
		}
	})
}

func TestEmptyFileIsAnEmptyGzip(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		b := commit(t, open(t, o).NewFile(t.Context(), "empty.csv.gz"))
		if got := a.content(t, b); len(got) != 0 {
			t.Errorf("content = %q", got)
		}
	})
}

func count(s *blobtest.Server, op blobtest.Operation) (n int) {
	for _, r := range s.Requests() {
		if r.Operation == op {
			n++
		}
	}
	return n
}

func TestLargeFileGoesUpWhileItIsWritten(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		o.BlockBytes = 100_000
		c := open(t, o)
		f := c.NewFile(t.Context(), "large.csv.gz")
		data := noise(1, 3_000_000)
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 7001)
			write(t, f, rest[:n])
			rest = rest[n:]
		}
		if f.bytes == 0 || len(f.ids) < 5 {
			t.Errorf("%d blocks before Commit", len(f.ids))
		}
		b := commit(t, f)
		if got := a.content(t, b); !bytes.Equal(got, data) {
			t.Errorf("content has %d bytes that differ from the %d written", len(got), len(data))
		}
		if kept := c.kept.Load(); kept != 0 {
			t.Errorf("%d bytes still count as kept", kept)
		}
	})
}

func TestNamesAreWrittenOnce(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		o.BlockBytes = 100_000
		c := open(t, o)
		first := c.NewFile(t.Context(), "once.csv.gz")
		write(t, first, []byte("1,\"first\"\n"))
		b := commit(t, first)
		for _, size := range []int{10, 400_000} {
			second := c.NewFile(t.Context(), "once.csv.gz")
			write(t, second, noise(2, size))
			_, err := second.Commit(t.Context())
			var e *Error
			if !errors.As(err, &e) || e.Status != http.StatusConflict && e.Status != http.StatusPreconditionFailed || !strings.Contains(e.Hint, "written once") {
				t.Errorf("second file of %d bytes: %v", size, err)
			}
		}
		// of the same size, so that only the sum tells them apart
		second := c.NewFile(t.Context(), "once.csv.gz")
		write(t, second, []byte("1,\"fifth\"\n"))
		if other, err := second.Commit(t.Context()); err == nil {
			t.Errorf("a file of %d bytes replaced one of %d", other.Bytes, b.Bytes)
		}
		if second.bytes != b.Bytes {
			t.Errorf("the files are to be of one size, and have %d and %d bytes", second.bytes, b.Bytes)
		}
		if got := a.content(t, b); string(got) != "1,\"first\"\n" {
			t.Errorf("the first file became %q", got)
		}
	})
}

func TestAbortedFileNeverAppears(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		o.BlockBytes = 100_000
		c := open(t, o)
		f := c.NewFile(t.Context(), "aborted.csv.gz")
		write(t, f, noise(3, 1_000_000))
		f.Abort()
		if _, err := f.Write([]byte("1,2\n")); err == nil {
			t.Error("Write after Abort says nothing")
		}
		if _, err := f.Commit(t.Context()); err == nil {
			t.Error("Commit after Abort says nothing")
		}
		list, err := c.List(t.Context(), "")
		if err != nil || len(list) != 0 {
			t.Errorf("List = %v, %v", list, err)
		}
		if kept := c.kept.Load(); kept != 0 {
			t.Errorf("%d bytes still count as kept", kept)
		}
	})
}

func TestPartsBeginAnotherFileAtTheSizeToRotate(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		o.RotateBytes = 200_000
		c := open(t, o)
		p := c.NewParts(t.Context(), Name("run-1", "conversations"))
		data := noise(4, 2_000_000)
		for rest := data; len(rest) > 0; {
			n := 1 + bytes.IndexByte(rest[min(len(rest), 10_000)-1:], '\n') + min(len(rest), 10_000) - 1
			write(t, p, rest[:n])
			rest = rest[n:]
		}
		files, err := p.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < 3 {
			t.Errorf("%d files", len(files))
		}
		var all []byte
		for i, b := range files {
			if want := fmt.Sprintf("run-1/conversations-%04d.csv.gz", i); b.Name != want {
				t.Errorf("file %d is %s, want %s", i, b.Name, want)
			}
			part := a.content(t, b)
			if !bytes.HasSuffix(part, []byte("\n")) {
				t.Errorf("%s ends within a row", b.Name)
			}
			all = append(all, part...)
		}
		if !bytes.Equal(all, data) {
			t.Errorf("the files hold %d bytes that differ from the %d written", len(all), len(data))
		}
	})
}

func TestPartsWithoutRowsAreNoFiles(t *testing.T) {
	t.Parallel()
	_, o := newAccount(t)
	files, err := open(t, o).NewParts(t.Context(), "nothing").Commit(t.Context())
	if len(files) != 0 || err != nil {
		t.Errorf("Commit = %v, %v", files, err)
	}
}

func TestListAndDeleteGoByPrefix(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		o.Prefix = "p"
		c := open(t, o)
		for _, name := range []string{"a/1.csv.gz", "a/2.csv.gz", "b/1.csv.gz"} {
			f := c.NewFile(t.Context(), name)
			write(t, f, []byte("1,2\n"))
			commit(t, f)
		}
		list, err := c.List(t.Context(), "a/")
		if err != nil || len(list) != 2 || list[0].Name != "a/1.csv.gz" || list[0].Bytes == 0 || list[0].Modified.IsZero() {
			t.Fatalf("List = %v, %v", list, err)
		}
		if err := c.Delete(t.Context(), "a/1.csv.gz", "never/there.csv.gz", "b/1.csv.gz"); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if list, err = c.List(t.Context(), ""); err != nil || len(list) != 1 || list[0].Name != "a/2.csv.gz" {
			t.Errorf("List = %v, %v", list, err)
		}
	})
}

func TestCheckLeavesNothingBehind(t *testing.T) {
	eachAccount(t, func(t *testing.T, a account, o Options) {
		c := open(t, o)
		if err := c.Check(t.Context(), "check-1"); err != nil {
			t.Fatal(err)
		}
		if list, err := c.List(t.Context(), ""); err != nil || len(list) != 0 {
			t.Errorf("List = %v, %v", list, err)
		}
	})
}

func TestRefusalsNameTheMissingRight(t *testing.T) {
	t.Parallel()
	a, base := newAccount(t)
	s := a.server
	soon := time.Now().Add(time.Hour)
	sas := func(rights string) Options {
		o := base
		o.AccountKey, o.SASToken = secret.String{}, secret.New("?"+s.SAS("stage", "", rights, soon))
		return o
	}
	expired := base
	expired.AccountKey, expired.SASToken = secret.String{}, secret.New(s.SAS("stage", "", "rwdl", time.Now().Add(-time.Hour)))
	wrongKey := base
	wrongKey.AccountKey = secret.New("d3Jvbmc=")
	elsewhere := base
	elsewhere.Container = "elsewhere"
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"reads only":   {sas("rl"), "put blob stage/check: 403 AuthorizationPermissionMismatch; sas_token lacks the right create (c) or write (w)"},
		"cannot list":  {sas("rcwd"), "list blobs stage/check: 403 AuthorizationPermissionMismatch; sas_token lacks the right list (l)"},
		"cannot clean": {sas("rcwl"), "delete blob stage/check: 403 AuthorizationPermissionMismatch; sas_token lacks the right delete (d)"},
		"expired":      {expired, "put blob stage/check: 403 AuthenticationFailed; sas_token is wrong, has expired or is not valid yet"},
		"wrong key":    {wrongKey, "put blob stage/check: 403 AuthenticationFailed; account_key is not a key of account blobtest"},
		"no container": {elsewhere, "put blob elsewhere/check: 404 ContainerNotFound; there is no container elsewhere: create it, or check blob_endpoint and container"},
	} {
		t.Run(name, func(t *testing.T) {
			err := open(t, c.o).Check(t.Context(), "check")
			if err == nil || err.Error() != c.want {
				t.Errorf("Check: %v\nwant %s", err, c.want)
			}
			s.Delete("stage", "check")
		})
	}
	if err := open(t, sas("rcwdl")).Check(t.Context(), "check"); err != nil {
		t.Errorf("with all rights: %v", err)
	}
}

func TestSettingsThatCannotWorkAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	key := secret.New("a2V5")
	for want, o := range map[string]Options{
		"either account_key or sas_token":      {Endpoint: "https://a.blob.core.windows.net", Container: "c"},
		"give either account_key or sas_token": {Endpoint: "https://a.blob.core.windows.net", Container: "c", AccountKey: key, SASToken: key},
		"is no URL like":                       {Endpoint: "a.blob.core.windows.net", Container: "c", AccountKey: key},
		"account_key is not base64":            {Endpoint: "https://a.blob.core.windows.net", Container: "c", AccountKey: secret.New("%%")},
		"gzip: invalid compression level: 77":  {Endpoint: "https://a.blob.core.windows.net", Container: "c", AccountKey: key, Level: 77},
	} {
		if _, err := Open(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open: %v, want %s", err, want)
		}
	}
}

func TestNoSecretGetsIntoAnError(t *testing.T) {
	t.Parallel()
	a, o := newAccount(t)
	o.AccountKey = secret.String{}
	sas := a.server.SAS("stage", "", "rwdl", time.Now().Add(time.Hour))
	o.SASToken = secret.New(sas)
	c := open(t, o)
	a.server.Fail(blobtest.Fault{Times: blobtest.Always, Drop: true})
	err := c.Check(t.Context(), "check")
	if err == nil {
		t.Fatal("Check succeeds without a server")
	}
	if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "sig=") {
		t.Errorf("error holds the SAS: %s", text)
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if strings.Contains(inner.Error(), "sig=") {
			t.Errorf("wrapped error holds the SAS: %v", inner)
		}
	}
}

func TestLostAnswersAreAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, op := range []blobtest.Operation{blobtest.PutBlob, blobtest.PutBlock, blobtest.PutBlockList} {
		for _, fault := range []blobtest.Fault{{Drop: true}, {Drop: true, After: true}, {Status: 503}, {Status: 500, After: true}} {
			t.Run(fmt.Sprintf("%s/%+v", op, fault.Status), func(t *testing.T) {
				t.Parallel()
				a, o := newAccount(t)
				o.BlockBytes = 100_000
				c := open(t, o)
				fault.Match = blobtest.On(op)
				a.server.Fail(fault)
				f := c.NewFile(t.Context(), "file.csv.gz")
				data := noise(5, 10)
				if op != blobtest.PutBlob {
					data = noise(5, 500_000)
				}
				write(t, f, data)
				if got := a.content(t, commit(t, f)); !bytes.Equal(got, data) {
					t.Errorf("content has %d bytes that differ from the %d written", len(got), len(data))
				}
				if n := a.server.ClearFaults(); n != 0 {
					t.Errorf("%d faults did not happen", n)
				}
			})
		}
	}
}

func TestUploadThatFailsEndsTheWriting(t *testing.T) {
	t.Parallel()
	a, o := newAccount(t)
	o.BlockBytes, o.Uploads = 100_000, 1
	c := open(t, o)
	a.server.Fail(blobtest.Fault{Match: blobtest.On(blobtest.PutBlock), Status: 403, Code: "AuthorizationPermissionMismatch"})
	f := c.NewFile(t.Context(), "file.csv.gz")
	var err error
	for i := range uint64(100) {
		if _, err = f.Write(noise(i, 100_000)); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "403 AuthorizationPermissionMismatch") {
		t.Errorf("Write: %v", err)
	}
	if _, again := f.Commit(t.Context()); again == nil || !strings.Contains(again.Error(), "403") {
		t.Errorf("Commit: %v", again)
	}
	if kept := c.kept.Load(); kept != 0 || len(c.slots) != 0 {
		t.Errorf("%d bytes and %d slots still count as in use", kept, len(c.slots))
	}
}

func TestWritingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	a, o := newAccount(t)
	o.BlockBytes, o.Uploads = 100_000, 1
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	a.server.Fail(blobtest.Fault{Match: blobtest.On(blobtest.PutBlock), Hold: hold, Times: blobtest.Always})
	ctx, cancel := context.WithCancel(t.Context())
	f := open(t, o).NewFile(ctx, "file.csv.gz")
	write(t, f, noise(1, 180_000)) // one block is under way
	cancel()
	var err error
	for i := range uint64(100) {
		if _, err = f.Write(noise(i, 100_000)); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Write: %v", err)
	}
	f.Abort()
}

func TestMemoryIsBoundedWhateverTheNumberOfFiles(t *testing.T) {
	t.Parallel()
	a, o := newAccount(t)
	const files = 12
	o.MemoryBytes, o.Uploads = 1<<20, 2
	c := open(t, o)
	var open []*File
	for i := range files {
		open = append(open, c.NewFile(t.Context(), fmt.Sprintf("%d.csv.gz", i)))
	}
	var most int64
	for round := range uint64(6) {
		for i, f := range open {
			write(t, f, noise(round*files+uint64(i), 100_000))
			most = max(most, c.kept.Load())
		}
	}
	// beyond the limit a file keeps no more than the smallest block
	if limit := o.MemoryBytes + files*(earlyBytes+firstPiece+fullPiece); most > limit {
		t.Errorf("%d bytes were kept, more than %d", most, limit)
	}
	for i, f := range open {
		var want []byte
		for round := range uint64(6) {
			want = append(want, noise(round*files+uint64(i), 100_000)...)
		}
		if got := a.content(t, commit(t, f)); !bytes.Equal(got, want) {
			t.Errorf("file %d holds %d bytes that differ from the %d written", i, len(got), len(want))
		}
	}
	if kept := c.kept.Load(); kept != 0 {
		t.Errorf("%d bytes still count as kept", kept)
	}
}

func TestNameKeepsToWhatAURLTakesAsItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{[]string{"run", "users.csv.gz"}, "run/users.csv.gz"},
		{[]string{"_sdc_rejected", ".hidden"}, "-sdc_rejected/-hidden"},
		{[]string{"a/b", "c d?e#f%g&h", "ü😀"}, "a-b/c-d-e-f-g-h/--"},
		{[]string{"", "x=1"}, "-/x=1"},
	} {
		got := Name(c.parts...)
		if got != c.want || Name(strings.Split(got, "/")...) != got {
			t.Errorf("Name(%q) = %q, want %q", c.parts, got, c.want)
		}
	}
	_, o := newAccount(t)
	if _, err := open(t, o).NewFile(t.Context(), "a b").Write(nil); err == nil {
		t.Error("a file takes a name that does not go into a URL")
	}
}
