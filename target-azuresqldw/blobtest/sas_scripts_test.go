package blobtest_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
)

// Everybody on the way to a blob by its SAS: what the client of the stage and the reader of a COPY do.
const (
	read    = "read"
	head    = "head"
	list    = "list"
	create  = "create"
	over    = "overwrite"
	block   = "block"
	commit  = "commit"
	remove  = "delete"
	newRoom = "create container"
	look    = "container properties"
)

// serviceSAS signs v with the account's key, by azblob's code rather than ours.
func (a account) serviceSAS(t *testing.T, v sas.BlobSignatureValues) string {
	t.Helper()
	if v.ExpiryTime.IsZero() {
		v.ExpiryTime = time.Now().UTC().Add(time.Hour)
	}
	p := must[sas.QueryParameters](t)(v.SignWithSharedKey(a.credential(t)))
	return p.Encode()
}

func (a account) accountSAS(t *testing.T, v sas.AccountSignatureValues) string {
	t.Helper()
	if v.ExpiryTime.IsZero() {
		v.ExpiryTime = time.Now().UTC().Add(time.Hour)
	}
	p := must[sas.QueryParameters](t)(v.SignWithSharedKey(a.credential(t)))
	return p.Encode()
}

func (a account) credential(t *testing.T) *azblob.SharedKeyCredential {
	t.Helper()
	return must[*azblob.SharedKeyCredential](t)(azblob.NewSharedKeyCredential(a.name, a.key))
}

// attempt does one thing with a SAS in a container that holds a blob "old" and the block 01 of a blob "blocks".
func attempt(t *testing.T, a account, room *container.Client, token, what string) error {
	t.Helper()
	c := must[*container.Client](t)(container.NewClientWithNoCredential(room.URL()+"?"+token, &container.ClientOptions{ClientOptions: options()}))
	ctx := t.Context()
	switch what {
	case read:
		r, err := c.NewBlockBlobClient("old").DownloadStream(ctx, nil)
		if err == nil {
			r.Body.Close()
		}
		return err
	case head:
		_, err := c.NewBlockBlobClient("old").GetProperties(ctx, nil)
		return err
	case list:
		_, err := c.NewListBlobsFlatPager(nil).NextPage(ctx)
		return err
	case create:
		_, err := c.NewBlockBlobClient("new").Upload(ctx, body("x"), nil)
		return err
	case over:
		_, err := c.NewBlockBlobClient("old").Upload(ctx, body("x"), nil)
		return err
	case block:
		_, err := c.NewBlockBlobClient("blocks").StageBlock(ctx, blockID("01"), body("x"), nil)
		return err
	case commit:
		_, err := c.NewBlockBlobClient("blocks").CommitBlockList(ctx, []string{blockID("01")}, nil)
		return err
	case remove:
		_, err := c.NewBlockBlobClient("old").Delete(ctx, nil)
		return err
	case newRoom:
		other := a.service(t).ServiceClient().NewContainerClient(containerName(t))
		_, err := must[*container.Client](t)(container.NewClientWithNoCredential(other.URL()+"?"+token, &container.ClientOptions{ClientOptions: options()})).Create(ctx, nil)
		if err == nil {
			must[container.DeleteResponse](t)(other.Delete(ctx, nil))
		}
		return err
	case look:
		_, err := c.GetProperties(ctx, nil)
		return err
	}
	t.Fatalf("unknown attempt %q", what)
	return nil
}

// furnished makes the container that attempt wants.
func furnished(t *testing.T, a account) *container.Client {
	t.Helper()
	c := a.container(t)
	put(t, c.NewBlockBlobClient("old"), "x")
	stage(t, c.NewBlockBlobClient("blocks"), "01", "x")
	return c
}

var everything = []string{read, head, list, create, over, block, commit, remove, newRoom, look}

// grant is what a SAS allows; everything else it must refuse with one of the codes.
type grant struct {
	token string
	may   string // names of attempts, separated by commas
	codes []string
}

func (g grant) check(t *testing.T, a account) {
	t.Helper()
	for _, what := range everything {
		err := attempt(t, a, furnished(t, a), g.token, what)
		if strings.Contains(","+g.may+",", ","+what+",") {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		refused(t, what, err, 403, g.codes...)
	}
}

func serviceSASScript(t *testing.T, a account) {
	for permissions, may := range map[string]string{
		"r":     "read,head",
		"l":     "list",
		"c":     "create",
		"w":     "create,overwrite,block,commit",
		"d":     "delete",
		"racwl": "read,head,list,create,overwrite,block,commit",
	} {
		t.Run(permissions, func(t *testing.T) {
			t.Parallel()
			for _, what := range everything {
				room := furnished(t, a)
				parts := must[sas.URLParts](t)(sas.ParseURL(room.URL()))
				token := a.serviceSAS(t, sas.BlobSignatureValues{ContainerName: parts.ContainerName, Permissions: permissions})
				err := attempt(t, a, room, token, what)
				if strings.Contains(","+may+",", ","+what+",") {
					if err != nil {
						t.Errorf("%s: %v", what, err)
					}
					continue
				}
				// The SAS of a container is not signed for another one, which newRoom would make.
				refused(t, what, err, 403, "AuthorizationPermissionMismatch", "AuthenticationFailed", "AuthorizationFailure")
			}
		})
	}
	t.Run("of a blob", func(t *testing.T) {
		t.Parallel()
		room := furnished(t, a)
		parts := must[sas.URLParts](t)(sas.ParseURL(room.URL()))
		token := a.serviceSAS(t, sas.BlobSignatureValues{ContainerName: parts.ContainerName, BlobName: "old", Permissions: "rw"})
		for _, what := range []string{read, head, over} {
			if err := attempt(t, a, room, token, what); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, what := range []string{create, block, list, look} {
			refused(t, what, attempt(t, a, room, token, what), 403, "AuthenticationFailed", "AuthorizationFailure", "AuthorizationPermissionMismatch")
		}
		refused(t, remove, attempt(t, a, room, token, remove), 403, "AuthorizationPermissionMismatch")
	})
}

func accountSASScript(t *testing.T, a account) {
	all, objects := sas.AccountResourceTypes{Service: true, Container: true, Object: true}, sas.AccountResourceTypes{Object: true}
	for name, g := range map[string]grant{
		"read": {a.accountSAS(t, sas.AccountSignatureValues{Permissions: (&sas.AccountPermissions{Read: true}).String(), ResourceTypes: all.String()}),
			"read,head,container properties", []string{"AuthorizationPermissionMismatch"}},
		"list": {a.accountSAS(t, sas.AccountSignatureValues{Permissions: (&sas.AccountPermissions{List: true}).String(), ResourceTypes: all.String()}),
			"list", []string{"AuthorizationPermissionMismatch"}},
		"write": {a.accountSAS(t, sas.AccountSignatureValues{Permissions: (&sas.AccountPermissions{Write: true}).String(), ResourceTypes: all.String()}),
			"create,overwrite,block,commit,create container", []string{"AuthorizationPermissionMismatch"}},
		"all of objects": {a.accountSAS(t, sas.AccountSignatureValues{
			Permissions:   (&sas.AccountPermissions{Read: true, List: true, Write: true, Create: true, Delete: true}).String(),
			ResourceTypes: objects.String()}),
			"read,head,create,overwrite,block,commit,delete", []string{"AuthorizationResourceTypeMismatch"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g.check(t, a)
		})
	}
}

func invalidSASScript(t *testing.T, a account) {
	room := furnished(t, a)
	parts := must[sas.URLParts](t)(sas.ParseURL(room.URL()))
	now := time.Now().UTC()
	good := sas.BlobSignatureValues{ContainerName: parts.ContainerName, Permissions: "rl"}
	with := func(change func(*sas.BlobSignatureValues)) string {
		v := good
		change(&v)
		return a.serviceSAS(t, v)
	}
	more := func(token, name, value string) string {
		q := must[url.Values](t)(url.ParseQuery(token))
		q.Set(name, value)
		return q.Encode()
	}
	if err := attempt(t, a, room, a.serviceSAS(t, good), read); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"expired":           with(func(v *sas.BlobSignatureValues) { v.ExpiryTime = now.Add(-time.Hour) }),
		"not yet valid":     with(func(v *sas.BlobSignatureValues) { v.StartTime = now.Add(time.Hour) }),
		"another container": with(func(v *sas.BlobSignatureValues) { v.ContainerName = "other" }),
		"more permissions":  more(a.serviceSAS(t, good), "sp", "rwdl"),
		"later expiry":      more(with(func(v *sas.BlobSignatureValues) { v.ExpiryTime = now.Add(-time.Hour) }), "se", "2099-01-01T00:00:00Z"),
		"no signature":      more(a.serviceSAS(t, good), "sig", "AAAA"),
	} {
		for _, what := range []string{read, list} {
			refused(t, name+", "+what, attempt(t, a, room, token, what), 403, "AuthenticationFailed", "AuthorizationFailure")
		}
	}
	refused(t, "for https", attempt(t, a, room, with(func(v *sas.BlobSignatureValues) { v.Protocol = sas.ProtocolHTTPS }), read),
		403, "AuthorizationProtocolMismatch")
	token := with(func(v *sas.BlobSignatureValues) {
		v.Protocol, v.StartTime = sas.ProtocolHTTPSandHTTP, now.Add(-time.Hour)
		v.ContentType = "text/csv"
	})
	c := must[*container.Client](t)(container.NewClientWithNoCredential(room.URL()+"?"+token, &container.ClientOptions{ClientOptions: options()}))
	if _, r := content(t, c.NewBlockBlobClient("old"), nil); *r.ContentType != "text/csv" {
		t.Errorf("content type by a SAS that says which is %s", *r.ContentType)
	}
}

// plainScript reads with a bare HTTP client and looks at what azblob hides.
func plainScript(t *testing.T, a account) {
	room := furnished(t, a)
	parts := must[sas.URLParts](t)(sas.ParseURL(room.URL()))
	token := a.serviceSAS(t, sas.BlobSignatureValues{ContainerName: parts.ContainerName, Permissions: "rl"})
	ask := func(method, blob string, headers ...string) *http.Response {
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), method, room.NewBlockBlobClient(blob).URL()+"?"+token, nil))
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		return must[*http.Response](t)(http.DefaultClient.Do(req))
	}
	text := func(r *http.Response) string {
		defer r.Body.Close()
		return string(must[[]byte](t)(io.ReadAll(r.Body)))
	}

	r := ask("GET", "old", "x-ms-version", "2021-08-06", "x-ms-client-request-id", "mine")
	if got := text(r); r.StatusCode != 200 || got != "x" {
		t.Errorf("GET: %d %q", r.StatusCode, got)
	}
	for name, want := range map[string]string{"x-ms-client-request-id": "mine", "x-ms-blob-type": "BlockBlob", "Accept-Ranges": "bytes", "Content-Length": "1"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("GET: header %s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"x-ms-request-id", "x-ms-version", "ETag", "Last-Modified", "Date"} {
		if r.Header.Get(name) == "" {
			t.Errorf("GET: no header %s", name)
		}
	}
	if etag := r.Header.Get("ETag"); !strings.HasPrefix(etag, `"`) {
		t.Errorf("ETag %s has no quotes", etag)
	}

	// A range in either header, the service's own before HTTP's.
	put(t, room.NewBlockBlobClient("digits"), "0123456789")
	r = ask("GET", "digits", "Range", "bytes=2-3")
	if got := text(r); r.StatusCode != 206 || got != "23" {
		t.Errorf("GET with Range: %d %q", r.StatusCode, got)
	}
	r = ask("GET", "digits", "Range", "bytes=2-3", "x-ms-range", "bytes=4-")
	if got := text(r); r.StatusCode != 206 || got != "456789" {
		t.Errorf("GET with x-ms-range: %d %q", r.StatusCode, got)
	}

	r = ask("GET", "none")
	var e struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	raw := text(r)
	if err := xml.Unmarshal([]byte(raw), &e); err != nil || e.Code != "BlobNotFound" || e.Message == "" {
		t.Errorf("body of an error is %q: %v", raw, err)
	}
	if r.StatusCode != 404 || r.Header.Get("x-ms-error-code") != "BlobNotFound" || r.Header.Get("Content-Type") != "application/xml" {
		t.Errorf("error: status %d, headers %v", r.StatusCode, r.Header)
	}
	r = ask("HEAD", "none")
	if got := text(r); r.StatusCode != 404 || r.Header.Get("x-ms-error-code") != "BlobNotFound" || got != "" {
		t.Errorf("HEAD: %d %v %q", r.StatusCode, r.Header, got)
	}

	// A Put Blob without its type, and a body without its length, which the client never sends.
	write := a.serviceSAS(t, sas.BlobSignatureValues{ContainerName: parts.ContainerName, Permissions: "w"})
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), "PUT", room.NewBlockBlobClient("b").URL()+"?"+write, strings.NewReader("x")))
	r = must[*http.Response](t)(http.DefaultClient.Do(req))
	if text(r); r.StatusCode != 400 {
		t.Errorf("Put Blob without x-ms-blob-type: status %d, want 400", r.StatusCode)
	}
	// A blob named by a path with escapes is the one with the plain name.
	bb := must[*blockblob.Client](t)(blockblob.NewClientWithNoCredential(room.URL()+"/a%2Fb?"+write, &blockblob.ClientOptions{ClientOptions: options()}))
	put(t, bb, "slash")
	wantContent(t, room.NewBlockBlobClient("a/b"), "slash")
}
