package blobtest_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"intercomdw/target-azuresqldw/blobtest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// start returns a server with a container "stage" and a client for it that does not try again.
func start(t *testing.T, o blobtest.Options) (*blobtest.Server, *container.Client) {
	t.Helper()
	o.Containers = append(o.Containers, "stage")
	s := blobtest.New(t, o)
	return s, account{s.URL, s.Account, s.Key}.service(t).ServiceClient().NewContainerClient("stage")
}

// Azure's documentation and Azurite disagree here; blobtest is with the documentation.
func TestWhereAzuriteDiffers(t *testing.T) {
	t.Parallel()
	s, c := start(t, blobtest.Options{})
	b := c.NewBlockBlobClient("b")
	_, err := b.StageBlock(t.Context(), blockID("01"), body(""), nil)
	refused(t, "block of no bytes", err, 400, "InvalidHeaderValue")
	stage(t, b, "01", "x")
	_, err = b.Delete(t.Context(), nil)
	refused(t, "deletion of uncommitted blocks", err, 404, "BlobNotFound")
	if n := s.Uncommitted("stage", "b"); n != 1 {
		t.Errorf("%d uncommitted blocks, want 1", n)
	}
	must[blockblob.CommitBlockListResponse](t)(b.CommitBlockList(t.Context(), []string{blockID("01")}, nil))
	_, err = b.StageBlock(t.Context(), blockID("0001"), body("x"), nil)
	refused(t, "id of another length than the committed block's", err, 400, "InvalidBlobOrBlock")
	stage(t, b, "02", "y")
	put(t, b, "0123456789")
	wantBlocks(t, b, nil, nil) // the uncommitted one went with the blob that was written over it
	_, err = b.DownloadStream(t.Context(), &blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: 10}})
	refused(t, "range at the end", err, 416, "InvalidRange")

	r, err := http.Get(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 401 || r.Header.Get("x-ms-error-code") != "NoAuthenticationInformation" || r.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("nobody asks: status %d, headers %v", r.StatusCode, r.Header)
	}
}

func TestContentsCanBeSeenAndChanged(t *testing.T) {
	t.Parallel()
	s, c := start(t, blobtest.Options{})
	put(t, c.NewBlockBlobClient("a/1"), "one")
	s.Put("stage", "a/2", []byte("two"))
	s.Put("other", "b", nil)
	wantContent(t, c.NewBlockBlobClient("a/2"), "two")
	if got, ok := s.Get("stage", "a/1"); !ok || string(got) != "one" {
		t.Errorf("Get = %q, %t", got, ok)
	}
	if got := s.Names("stage", "a/"); !slices.Equal(got, []string{"a/1", "a/2"}) {
		t.Errorf("Names = %q", got)
	}
	if got := s.Names("stage", "b"); len(got) != 0 {
		t.Errorf("Names with prefix b = %q", got)
	}
	if !s.Delete("stage", "a/1") || s.Delete("stage", "a/1") {
		t.Error("Delete tells wrongly whether there was a blob")
	}
	if _, ok := s.Get("stage", "a/1"); ok {
		t.Error("a deleted blob is still there")
	}
	if _, ok := s.Get("none", "x"); ok || s.Names("none", "") != nil || s.Delete("none", "x") || s.Uncommitted("none", "x") != 0 {
		t.Error("a container that is not there has contents")
	}
	if got, want := s.BlobURL("stage", "a b/ü"), s.URL+"/stage/a%20b/%C3%BC"; got != want {
		t.Errorf("BlobURL = %s, want %s", got, want)
	}
}

func TestOwnSASIsGoodForWhatItGrants(t *testing.T) {
	t.Parallel()
	s, room := start(t, blobtest.Options{})
	s.Put("stage", "old", []byte("x"))
	a := account{s.URL, s.Account, s.Key}
	hour := time.Now().Add(time.Hour)
	if err := attempt(t, a, room, s.SAS("stage", "", "rl", hour), list); err != nil {
		t.Error(err)
	}
	if err := attempt(t, a, room, s.SAS("stage", "old", "r", hour), read); err != nil {
		t.Error(err)
	}
	refused(t, "delete", attempt(t, a, room, s.SAS("stage", "", "rl", hour), remove), 403, "AuthorizationPermissionMismatch")
	refused(t, "list", attempt(t, a, room, s.SAS("stage", "old", "rl", hour), list), 403, "AuthenticationFailed", "AuthorizationFailure")
}

func TestTheClockIsTheTests(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	s, room := start(t, blobtest.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	s.Put("stage", "old", []byte("x"))
	a := account{s.URL, s.Account, s.Key}
	token := s.SAS("stage", "", "r", now.Add(time.Minute))
	if err := attempt(t, a, room, token, read); err != nil {
		t.Errorf("before the expiry: %v", err)
	}
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	refused(t, "at the expiry", attempt(t, a, room, token, read), 403, "AuthenticationFailed")

	// The client signs with a date that is years away from the server's.
	_, err := room.NewBlockBlobClient("old").GetProperties(t.Context(), nil)
	refused(t, "a request of another time", err, 403, "AuthenticationFailed")
}

func TestRequestsAreRemembered(t *testing.T) {
	t.Parallel()
	s, c := start(t, blobtest.Options{})
	b := c.NewBlockBlobClient("a/b")
	stage(t, b, "01", "hello")
	_, err := b.GetProperties(t.Context(), nil)
	refused(t, "properties", err, 404, "BlobNotFound")
	if err := attempt(t, account{s.URL, s.Account, s.Key}, c, s.SAS("stage", "", "l", time.Now().Add(time.Hour)), list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.Requests() {
		got = append(got, fmt.Sprint(r.Operation, " ", r.Method, " ", r.Container, " ", r.Blob, " ", r.Auth, " ", r.Bytes, " ", r.Status, " ", r.Code))
		if r.Query.Has("sig") || r.Header.Get("Authorization") != "" {
			t.Errorf("a secret is remembered: %v %v", r.Query, r.Header)
		}
	}
	want := []string{
		"PutBlock PUT stage a/b SharedKey 5 201 ",
		"GetBlobProperties HEAD stage a/b SharedKey 0 404 BlobNotFound",
		"ListBlobs GET stage  service SAS 0 200 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("requests\n%q\nwant\n%q", got, want)
	}
	s.ForgetRequests()
	if len(s.Requests()) != 0 {
		t.Error("forgotten requests are remembered")
	}
}

func TestFaultsBeforeAndAfterTheWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  blobtest.Fault
		status int // 0: the connection is lost
		done   bool
	}{
		"status before":     {blobtest.Fault{Status: 503}, 503, false},
		"status after":      {blobtest.Fault{Status: 500, After: true}, 500, true},
		"drop before":       {blobtest.Fault{Drop: true}, 0, false},
		"drop after":        {blobtest.Fault{Drop: true, After: true}, 0, true},
		"a delay and a 409": {blobtest.Fault{Delay: time.Millisecond, Status: 409, Code: "LeaseIdMissing"}, 409, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, room := start(t, blobtest.Options{})
			b := room.NewBlockBlobClient("b")
			c.fault.Match = blobtest.On(blobtest.PutBlob)
			s.Fail(c.fault)
			stage(t, b, "01", "not matched")
			_, err := b.Upload(t.Context(), body("x"), nil)
			if got := status(err); err == nil || got != c.status {
				t.Errorf("error %v has status %d, want %d", err, got, c.status)
			}
			if _, done := s.Get("stage", "b"); done != c.done {
				t.Errorf("the blob is there: %t, want %t", done, c.done)
			}
			requests := s.Requests()
			if got := requests[len(requests)-1].Status; got != c.status {
				t.Errorf("remembered status %d, want %d", got, c.status)
			}
			put(t, b, "once more")
			if left := s.ClearFaults(); left != 0 {
				t.Errorf("%d faults did not happen", left)
			}
		})
	}
}

func TestFaultsHappenAsOftenAsTheyAreMeantTo(t *testing.T) {
	t.Parallel()
	s, c := start(t, blobtest.Options{})
	b := c.NewBlockBlobClient("b")
	s.Fail(blobtest.Fault{Status: 503, Times: 2})
	s.Fail(blobtest.Fault{Status: 500, Code: "OperationTimedOut", Times: blobtest.Always})
	var got []string
	for range 4 {
		_, err := b.GetProperties(t.Context(), nil)
		e, ok := errors.AsType[*azcore.ResponseError](err)
		if !ok {
			t.Fatal(err)
		}
		got = append(got, e.ErrorCode)
	}
	if want := []string{"ServerBusy", "ServerBusy", "OperationTimedOut", "OperationTimedOut"}; !slices.Equal(got, want) {
		t.Errorf("codes %q, want %q", got, want)
	}
	s.Fail(blobtest.Fault{Drop: true})
	if left := s.ClearFaults(); left != 1 {
		t.Errorf("ClearFaults = %d, want 1", left)
	}
	put(t, b, "x")
}

func TestHeldRequestGoesOnOrEndsWithItsClient(t *testing.T) {
	t.Parallel()
	s, c := start(t, blobtest.Options{})
	hold := make(chan struct{})
	s.Fail(blobtest.Fault{Hold: hold, Times: 2})
	done := make(chan error)
	go func() {
		_, err := c.NewBlockBlobClient("b").Upload(context.Background(), body("x"), nil)
		done <- err
	}()
	ctx, cancel := context.WithCancel(t.Context())
	canceled := make(chan error)
	go func() {
		_, err := c.NewBlockBlobClient("c").GetProperties(ctx, nil)
		canceled <- err
	}()
	cancel()
	if err := <-canceled; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if _, ok := s.Get("stage", "b"); ok {
		t.Error("a held request is served")
	}
	close(hold)
	if err := <-done; err != nil {
		t.Errorf("the held request: %v", err)
	}
}

func TestCloseEndsHeldRequests(t *testing.T) {
	t.Parallel()
	s, err := blobtest.Start(blobtest.Options{Containers: []string{"stage"}})
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{})
	s.Fail(blobtest.Fault{Hold: make(chan struct{}), Match: func(blobtest.Request) bool { close(reached); return true }})
	done := make(chan error)
	go func() {
		_, err := account{s.URL, s.Account, s.Key}.service(t).UploadBuffer(context.Background(), "stage", "b", []byte("x"), nil)
		done <- err
	}()
	<-reached
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("a request ends well although the server is gone")
	}
}

func TestBlockListHasALimit(t *testing.T) {
	t.Parallel()
	s, c := start(t, blobtest.Options{})
	b := c.NewBlockBlobClient("b")
	stage(t, b, "01", "x")
	ids := slices.Repeat([]string{blockID("01")}, 50_001)
	_, err := b.CommitBlockList(t.Context(), ids, nil)
	refused(t, "50,001 blocks", err, 400, "BlockListTooLong")
	if _, err := b.CommitBlockList(t.Context(), ids[1:], nil); err != nil {
		t.Errorf("50,000 blocks: %v", err)
	}
	if got, _ := s.Get("stage", "b"); len(got) != 50_000 {
		t.Errorf("%d bytes, want 50,000", len(got))
	}
}

// ask sends a request with a SAS that grants everything in the container.
func ask(t *testing.T, s *blobtest.Server, method, path, query string, content io.Reader, headers ...string) *http.Response {
	t.Helper()
	address := s.BlobURL("stage", "") + path + "?" + s.SAS("stage", "", "racwdl", time.Now().Add(time.Hour)) + query
	req, err := http.NewRequestWithContext(t.Context(), method, address, content)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r
}

func TestRequestsThatNoClientSends(t *testing.T) {
	t.Parallel()
	s, _ := start(t, blobtest.Options{})
	s.Put("stage", "old", []byte("old"))
	s.Put("stage", "large", make([]byte, 4<<20+1))
	block := "&comp=block&blockid=" + base64.StdEncoding.EncodeToString([]byte("1"))
	for name, c := range map[string]struct {
		method, path, query string
		content             io.Reader
		headers             []string
		status              int
		code                string
	}{
		"no type":           {"PUT", "/b", "", strings.NewReader("x"), nil, 400, "MissingRequiredHeader"},
		"page blob":         {"PUT", "/b", "", strings.NewReader("x"), []string{"x-ms-blob-type", "PageBlob"}, 501, "NotImplemented"},
		"no such type":      {"PUT", "/b", "", strings.NewReader("x"), []string{"x-ms-blob-type", "Blob"}, 400, "InvalidHeaderValue"},
		"no length":         {"PUT", "/b", "", io.MultiReader(strings.NewReader("x")), []string{"x-ms-blob-type", "BlockBlob"}, 411, "MissingContentLengthHeader"},
		"another sum":       {"PUT", "/b", "", strings.NewReader("x"), []string{"x-ms-blob-type", "BlockBlob", "x-ms-blob-content-md5", base64.StdEncoding.EncodeToString(md5Of("y"))}, 400, "Md5Mismatch"},
		"long name of all":  {"PUT", "/" + strings.Repeat("x", 1025), "", strings.NewReader("x"), []string{"x-ms-blob-type", "BlockBlob"}, 400, "InvalidResourceName"},
		"many segments":     {"PUT", strings.Repeat("/x", 255), "", strings.NewReader("x"), []string{"x-ms-blob-type", "BlockBlob"}, 400, "InvalidResourceName"},
		"hash of too much":  {"GET", "/large", "", nil, []string{"Range", "bytes=0-4194304", "x-ms-range-get-content-md5", "true"}, 400, "OutOfRangeInput"},
		"hash of much":      {"GET", "/large", "", nil, []string{"Range", "bytes=0-4194303", "x-ms-range-get-content-crc64", "true"}, 206, ""},
		"odd version":       {"GET", "/b", "", nil, []string{"x-ms-version", "new"}, 400, "InvalidHeaderValue"},
		"two checksums":     {"PUT", "/b", "", strings.NewReader("x"), []string{"x-ms-blob-type", "BlockBlob", "Content-MD5", base64.StdEncoding.EncodeToString(md5Of("x")), "x-ms-content-crc64", "AAAAAAAAAAA="}, 400, "BothCrc64AndMd5HeaderPresent"},
		"no list":           {"PUT", "/b", "&comp=blocklist", strings.NewReader("<BlockList>"), nil, 400, "InvalidXmlDocument"},
		"odd list":          {"PUT", "/b", "&comp=blocklist", strings.NewReader("<BlockList><Newest>MQ==</Newest></BlockList>"), nil, 400, "InvalidXmlDocument"},
		"no block id":       {"PUT", "/b", "&comp=block", strings.NewReader("x"), nil, 400, "InvalidQueryParameterValue"},
		"block":             {"PUT", "/c", block, strings.NewReader("x"), nil, 201, ""},
		"long name":         {"PUT", "/" + strings.Repeat("x", 1025), block, strings.NewReader("x"), nil, 400, "InvalidResourceName"},
		"no results":        {"GET", "", "&restype=container&comp=list&maxresults=0", nil, nil, 400, "OutOfRangeQueryParameterValue"},
		"some results":      {"GET", "", "&restype=container&comp=list&maxresults=few", nil, nil, 400, "InvalidQueryParameterValue"},
		"odd marker":        {"GET", "", "&restype=container&comp=list&marker=!", nil, nil, 400, "OutOfRangeInput"},
		"a copy":            {"PUT", "/b", "&comp=copy", nil, nil, 403, "AuthorizationPermissionMismatch"},
		"a snapshot":        {"GET", "/b", "&snapshot=2026-01-01T00:00:00Z", nil, nil, 403, "AuthenticationFailed"},
		"kind of list":      {"GET", "/b", "&comp=blocklist&blocklisttype=none", nil, nil, 400, "InvalidQueryParameterValue"},
		"If-None-Match: *":  {"GET", "/old", "", nil, []string{"If-None-Match", "*"}, 400, "UnsatisfiableCondition"},
		"hash of two kinds": {"GET", "/old", "", nil, []string{"Range", "bytes=0-0", "x-ms-range-get-content-md5", "true", "x-ms-range-get-content-crc64", "true"}, 400, "InvalidInput"},
		"range of letters":  {"GET", "/old", "", nil, []string{"Range", "bytes=a-b"}, 200, ""},
		"range without end": {"GET", "/old", "", nil, []string{"Range", "bytes=0-9223372036854775807"}, 206, ""},
		"range backwards":   {"GET", "/old", "", nil, []string{"Range", "bytes=3-1"}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ask(t, s, c.method, c.path, c.query, c.content, c.headers...)
			if got := r.Header.Get("x-ms-error-code"); r.StatusCode != c.status || got != c.code {
				t.Errorf("status %d %s, want %d %s", r.StatusCode, got, c.status, c.code)
			}
		})
	}
}

func TestAuthorizationThatIsNotKnown(t *testing.T) {
	t.Parallel()
	s, _ := start(t, blobtest.Options{})
	s.Put("stage", "old", []byte("old"))
	for header, code := range map[string]string{
		"Bearer abc":                        "AuthenticationFailed",
		"SharedKeyLite " + s.Account + ":x": "AuthenticationFailed",
		"SharedKey":                         "InvalidAuthenticationInfo",
		"SharedKey " + s.Account + ":x":     "AuthenticationFailed", // it has no date
	} {
		r := ask(t, s, "GET", "/old", "", nil, "Authorization", header)
		if got := r.Header.Get("x-ms-error-code"); got != code {
			t.Errorf("Authorization: %s = %d %s, want %s", header, r.StatusCode, got, code)
		}
	}
	for query, code := range map[string]string{
		"sv=2026-06-06&sr=c&sig=x&si=policy": "AuthenticationFailed",
		"sv=2015-04-05&sr=c&sig=x":           "AuthenticationFailed",
		"sv=2026-06-06&sr=d&sig=x":           "AuthenticationFailed",
		"sv=2026-06-06&sr=c&sig=x&skoid=x":   "AuthenticationFailed",
		"sr=c&sig=x":                         "AuthenticationFailed",
	} {
		r, err := http.Get(s.BlobURL("stage", "old") + "?" + query)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if got := r.Header.Get("x-ms-error-code"); got != code {
			t.Errorf("%s = %d %s, want %s", query, r.StatusCode, got, code)
		}
	}
	r, err := http.Get(strings.Replace(s.BlobURL("stage", "old"), s.Account, "nobody", 1))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if got := r.Header.Get("x-ms-error-code"); r.StatusCode != 404 || got != "ResourceNotFound" {
		t.Errorf("another account: %d %s", r.StatusCode, got)
	}
}

func TestAccountInTheHostName(t *testing.T) {
	t.Parallel()
	s, _ := start(t, blobtest.Options{})
	s.Put("stage", "dir/b", []byte("x"))
	server := strings.TrimSuffix(s.URL, "/"+s.Account)
	req, err := http.NewRequestWithContext(t.Context(), "GET", server+"/stage/dir/b?"+s.SAS("stage", "", "r", time.Now().Add(time.Hour)), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = s.Account + ".blob.core.windows.net"
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 200 {
		t.Errorf("status %d %s", r.StatusCode, r.Header.Get("x-ms-error-code"))
	}
}

// sign makes a SAS of the fields that its signature is of, by the documentation of account SAS.
func sign(t *testing.T, s *blobtest.Server, fields ...string) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	text := s.Account + "\n"
	q := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		text += fields[i+1] + "\n"
		if fields[i+1] != "" {
			q.Set(fields[i], fields[i+1])
		}
	}
	mac.Write([]byte(text))
	q.Set("sig", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return q.Encode()
}

func TestSASForOtherServicesAndAddresses(t *testing.T) {
	t.Parallel()
	s, room := start(t, blobtest.Options{})
	s.Put("stage", "old", []byte("x"))
	a := account{s.URL, s.Account, s.Key}
	for name, c := range map[string]struct {
		services, ips, version, expiry string
		code                           string // "" when it is let in
	}{
		"blobs":                      {"bq", "", "2026-06-06", "2099-01-01T00:00:00Z", ""},
		"queues":                     {"q", "", "2026-06-06", "2099-01-01T00:00:00Z", "AuthorizationServiceMismatch"},
		"before encryption scopes":   {"b", "", "2020-10-02", "2099-01-01T00:00Z", ""},
		"until a day":                {"b", "", "2026-06-06", "2099-01-01", ""},
		"until some time":            {"b", "", "2026-06-06", "tomorrow", "AuthenticationFailed"},
		"loopback":                   {"b", "127.0.0.1", "2026-06-06", "2099-01-01", ""},
		"addresses with loopback":    {"b", "126.0.0.0-127.0.0.1", "2026-06-06", "2099-01-01", ""},
		"addresses below loopback":   {"b", "10.0.0.1-127.0.0.0", "2026-06-06", "2099-01-01", "AuthorizationSourceIPMismatch"},
		"another address":            {"b", "10.0.0.1", "2026-06-06", "2099-01-01", "AuthorizationSourceIPMismatch"},
		"something that is no range": {"b", "here", "2026-06-06", "2099-01-01", "AuthorizationSourceIPMismatch"},
	} {
		fields := []string{"sp", "r", "ss", c.services, "srt", "o", "st", "", "se", c.expiry, "sip", c.ips, "spr", "", "sv", c.version}
		if c.version >= "2020-12-06" {
			fields = append(fields, "ses", "")
		}
		err := attempt(t, a, room, sign(t, s, fields...), read)
		if c.code != "" {
			refused(t, name, err, 403, c.code)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOverwritingKeepsTheCreationTime(t *testing.T) {
	t.Parallel()
	now := time.Now().Add(-10 * time.Minute).Truncate(time.Second)
	var mu sync.Mutex
	_, c := start(t, blobtest.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	b := c.NewBlockBlobClient("b")
	put(t, b, "one")
	mu.Lock()
	created := now
	now = now.Add(5 * time.Minute)
	mu.Unlock()
	put(t, b, "two")
	p := must[blob.GetPropertiesResponse](t)(b.GetProperties(t.Context(), nil))
	if !p.CreationTime.Equal(created) || !p.LastModified.Equal(created.Add(5*time.Minute)) {
		t.Errorf("created %s, modified %s, want %s and 5 minutes later", p.CreationTime, p.LastModified, created)
	}
}

func TestBodyThatIsTooLargeIsRefusedUnread(t *testing.T) {
	t.Parallel()
	s, _ := start(t, blobtest.Options{})
	conn, err := net.Dial("tcp", strings.Split(s.URL, "/")[2])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	path := "/" + s.Account + "/stage/b?comp=block&blockid=MQ==&" + s.SAS("stage", "", "w", time.Now().Add(time.Hour))
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: storage\r\nContent-Length: %d\r\n\r\n", path, 4000<<20+1)
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := r.Header.Get("x-ms-error-code"); r.StatusCode != 413 || got != "RequestBodyTooLarge" {
		t.Errorf("status %d %s", r.StatusCode, got)
	}
}

func TestOptionsThatAreWrong(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]blobtest.Options{
		"key":       {Key: "not base64"},
		"container": {Containers: []string{"Upper"}},
		"address":   {Listen: "256.0.0.1:0"},
	} {
		if s, err := blobtest.Start(o); err == nil {
			t.Errorf("%s: no error", name)
			_ = s.Close()
		}
	}
}

func TestLogSaysNoSecrets(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var mu sync.Mutex
	write := writerFunc(func(p []byte) (int, error) { mu.Lock(); defer mu.Unlock(); return out.Write(p) })
	s, c := start(t, blobtest.Options{Log: slog.New(slog.NewTextHandler(write, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	put(t, c.NewBlockBlobClient("b"), "x")
	if r := ask(t, s, "GET", "/b", "", nil); r.StatusCode != 200 {
		t.Errorf("status %d", r.StatusCode)
	}
	mu.Lock()
	defer mu.Unlock()
	if text := out.String(); !strings.Contains(text, "operation=PutBlob") || !strings.Contains(text, "operation=GetBlob") || strings.Contains(text, "sig") {
		t.Errorf("log\n%s", text)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s, c := start(t, blobtest.Options{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			b := c.NewBlockBlobClient(fmt.Sprint("b", i%2))
			for range 3 {
				_, err := b.UploadStream(context.Background(), bytes.NewReader(make([]byte, 3<<20)),
					&blockblob.UploadStreamOptions{BlockSize: 1 << 20, Concurrency: 2})
				if err != nil && status(err) != 400 { // another writer's commit drops our blocks
					t.Error(err)
				}
				s.Names("stage", "")
			}
		})
	}
	wg.Wait()
	for _, name := range s.Names("stage", "") {
		if got, _ := s.Get("stage", name); len(got) != 3<<20 {
			t.Errorf("%s has %d bytes", name, len(got))
		}
	}
}
