package blobtest_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/target-azuresqldw/blobtest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// An account is a storage account that the scripts run against.
type account struct {
	url  string // without a slash at the end
	name string
	key  string
}

// scripts are what every storage account must pass: blobtest in memory, Azurite, Azure itself.
var scripts = []struct {
	name string
	run  func(*testing.T, account)
}{
	{"containers", containerScript},
	{"whole blobs", wholeBlobScript},
	{"headers and metadata", headerScript},
	{"written once", writeOnceScript},
	{"conditions", conditionScript},
	{"ranges", rangeScript},
	{"blocks", blockScript},
	{"block rules", blockRuleScript},
	{"uploads of the client", uploadScript},
	{"checksums", checksumScript},
	{"lists", listScript},
	{"what is not there", missingScript},
	{"account key", keyScript},
	{"service SAS", serviceSASScript},
	{"account SAS", accountSASScript},
	{"SAS that are not valid", invalidSASScript},
	{"plain requests", plainScript},
}

func TestScriptsOnBlobtest(t *testing.T) {
	t.Parallel()
	s := blobtest.New(t, blobtest.Options{})
	runScripts(t, account{s.URL, s.Account, s.Key})
}

// TestScriptsOnService runs the scripts on Azurite when AZURITE_BLOB_ENDPOINT names its account, as in
// http://127.0.0.1:10000/devstoreaccount1, or on any account whose AZURITE_ACCOUNT and AZURITE_KEY are given as well.
func TestScriptsOnService(t *testing.T) {
	t.Parallel()
	url := os.Getenv("AZURITE_BLOB_ENDPOINT")
	if url == "" {
		t.Skip("no AZURITE_BLOB_ENDPOINT")
	}
	a := account{strings.TrimSuffix(url, "/"), os.Getenv("AZURITE_ACCOUNT"), os.Getenv("AZURITE_KEY")}
	if a.name == "" {
		a.name = "devstoreaccount1"
		// The key that Azurite and the emulators before it are documented to have (storage-use-azurite).
		a.key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	}
	runScripts(t, a)
}

func runScripts(t *testing.T, a account) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.run(t, a)
		})
	}
}

// options let a test see each failure as it happens, instead of the client trying again.
func options() azcore.ClientOptions {
	return azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}
}

// service returns a client that has the account's key.
func (a account) service(t *testing.T) *azblob.Client {
	t.Helper()
	cred, err := azblob.NewSharedKeyCredential(a.name, a.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := azblob.NewClientWithSharedKeyCredential(a.url, cred, &azblob.ClientOptions{ClientOptions: options()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// containerName returns a name that no other test uses, now or in another run on the same account.
func containerName(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256([]byte(t.Name() + time.Now().String()))
	return "test-" + hex.EncodeToString(sum[:10])
}

// container makes a container that is deleted after the test.
func (a account) container(t *testing.T) *container.Client {
	t.Helper()
	c := a.service(t).ServiceClient().NewContainerClient(containerName(t))
	if _, err := c.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := c.Delete(context.Background(), nil); err != nil && status(err) != 404 {
			t.Errorf("delete container: %v", err)
		}
	})
	return c
}

func status(err error) int {
	if e, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return e.StatusCode
	}
	return 0
}

// refused fails the test unless err is an answer with this status and one of the codes.
func refused(t *testing.T, what string, err error, wantStatus int, codes ...string) {
	t.Helper()
	e, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		t.Errorf("%s: error %v, want status %d %v", what, err, wantStatus, codes)
		return
	}
	if e.StatusCode != wantStatus || len(codes) > 0 && !slices.Contains(codes, e.ErrorCode) {
		t.Errorf("%s: status %d %s, want %d %v", what, e.StatusCode, e.ErrorCode, wantStatus, codes)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func body(content string) io.ReadSeekCloser { return streaming.NopCloser(strings.NewReader(content)) }

func put(t *testing.T, b *blockblob.Client, content string) blockblob.UploadResponse {
	t.Helper()
	return must[blockblob.UploadResponse](t)(b.Upload(t.Context(), body(content), nil))
}

func content(t *testing.T, b *blockblob.Client, o *blob.DownloadStreamOptions) (string, blob.DownloadStreamResponse) {
	t.Helper()
	r := must[blob.DownloadStreamResponse](t)(b.DownloadStream(t.Context(), o))
	defer r.Body.Close()
	return string(must[[]byte](t)(io.ReadAll(r.Body))), r
}

func wantContent(t *testing.T, b *blockblob.Client, want string) {
	t.Helper()
	if got, _ := content(t, b, nil); got != want {
		t.Errorf("content is %q, want %q", got, want)
	}
}

// names lists blobs, a page of size at a time.
func names(t *testing.T, c *container.Client, prefix string, size int32, include container.ListBlobsInclude) (all []string, pages int) {
	t.Helper()
	pager := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix, MaxResults: &size, Include: include})
	for pager.More() {
		page := must[container.ListBlobsFlatResponse](t)(pager.NextPage(t.Context()))
		pages++
		for _, item := range page.Segment.BlobItems {
			all = append(all, *item.Name)
		}
	}
	return all, pages
}

func blockID(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func stage(t *testing.T, b *blockblob.Client, id, content string) {
	t.Helper()
	must[blockblob.StageBlockResponse](t)(b.StageBlock(t.Context(), blockID(id), body(content), nil))
}

func containerScript(t *testing.T, a account) {
	svc := a.service(t).ServiceClient()
	name := containerName(t)
	c := svc.NewContainerClient(name)
	_, err := c.GetProperties(t.Context(), nil)
	refused(t, "properties before creation", err, 404, "ContainerNotFound")

	created := must[container.CreateResponse](t)(c.Create(t.Context(), nil))
	if created.ETag == nil || created.LastModified == nil || created.RequestID == nil {
		t.Errorf("created without ETag, time or request id: %+v", created)
	}
	props := must[container.GetPropertiesResponse](t)(c.GetProperties(t.Context(), nil))
	if props.ETag == nil || props.LastModified == nil {
		t.Errorf("properties without ETag or time: %+v", props)
	}
	_, err = c.Create(t.Context(), nil)
	refused(t, "second creation", err, 409, "ContainerAlreadyExists")

	page := must[azblob.ListContainersResponse](t)(svc.NewListContainersPager(&azblob.ListContainersOptions{Prefix: &name}).NextPage(t.Context()))
	if len(page.ContainerItems) != 1 || *page.ContainerItems[0].Name != name {
		t.Errorf("list with prefix %s = %v", name, page.ContainerItems)
	}

	put(t, c.NewBlockBlobClient("x"), "x")
	must[container.DeleteResponse](t)(c.Delete(t.Context(), nil))
	_, err = c.Delete(t.Context(), nil)
	refused(t, "second deletion", err, 404, "ContainerNotFound")

	_, err = svc.NewContainerClient("ab").Create(t.Context(), nil)
	refused(t, "name of two letters", err, 400, "OutOfRangeInput", "InvalidResourceName")
	_, err = svc.NewContainerClient("double--dash").Create(t.Context(), nil)
	refused(t, "name with two dashes", err, 400, "InvalidResourceName")
}

func wholeBlobScript(t *testing.T, a account) {
	c := a.container(t)
	b := c.NewBlockBlobClient("dir/day 1/ü+%&?#=.csv.gz")
	first := put(t, b, "one")
	wantContent(t, b, "one")
	sum := md5.Sum([]byte("one"))
	if !bytes.Equal(first.ContentMD5, sum[:]) {
		t.Errorf("Content-MD5 of the answer is %x, want %x", first.ContentMD5, sum)
	}
	props := must[blob.GetPropertiesResponse](t)(b.GetProperties(t.Context(), nil))
	if *props.ContentLength != 3 || *props.BlobType != blob.BlobTypeBlockBlob || *props.ContentType != "application/octet-stream" ||
		*props.ETag != *first.ETag || !bytes.Equal(props.ContentMD5, sum[:]) || *props.AcceptRanges != "bytes" {
		t.Errorf("properties %+v", props)
	}

	second := put(t, b, "two, longer")
	if *second.ETag == *first.ETag {
		t.Error("an overwritten blob has its old ETag")
	}
	wantContent(t, b, "two, longer")

	empty := c.NewBlockBlobClient("empty")
	put(t, empty, "")
	wantContent(t, empty, "")

	must[blob.DeleteResponse](t)(b.Delete(t.Context(), nil))
	_, err := b.GetProperties(t.Context(), nil)
	refused(t, "properties of a deleted blob", err, 404, "BlobNotFound")
	if got, _ := names(t, c, "", 10, container.ListBlobsInclude{}); !slices.Equal(got, []string{"empty"}) {
		t.Errorf("blobs left: %q", got)
	}
}

func headerScript(t *testing.T, a account) {
	c := a.container(t)
	headers := &blob.HTTPHeaders{
		BlobContentType:        to.Ptr("text/csv"),
		BlobContentEncoding:    to.Ptr("gzip"),
		BlobContentLanguage:    to.Ptr("en"),
		BlobContentDisposition: to.Ptr("attachment"),
		BlobCacheControl:       to.Ptr("no-cache"),
	}
	meta := map[string]*string{"load": to.Ptr("4711")}
	whole, ofBlocks := c.NewBlockBlobClient("whole"), c.NewBlockBlobClient("blocks")
	must[blockblob.UploadResponse](t)(whole.Upload(t.Context(), body("x"), &blockblob.UploadOptions{HTTPHeaders: headers, Metadata: meta}))
	stage(t, ofBlocks, "1", "x")
	must[blockblob.CommitBlockListResponse](t)(ofBlocks.CommitBlockList(t.Context(), []string{blockID("1")},
		&blockblob.CommitBlockListOptions{HTTPHeaders: headers, Metadata: meta}))
	for _, b := range []*blockblob.Client{whole, ofBlocks} {
		p := must[blob.GetPropertiesResponse](t)(b.GetProperties(t.Context(), nil))
		got := []string{*p.ContentType, *p.ContentEncoding, *p.ContentLanguage, *p.ContentDisposition, *p.CacheControl}
		if want := []string{"text/csv", "gzip", "en", "attachment", "no-cache"}; !slices.Equal(got, want) {
			t.Errorf("headers %q, want %q", got, want)
		}
		if v := metadata(p.Metadata, "load"); v != "4711" {
			t.Errorf("metadata load = %q", v)
		}
	}
	pager := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Include: container.ListBlobsInclude{Metadata: true}})
	for _, item := range must[container.ListBlobsFlatResponse](t)(pager.NextPage(t.Context())).Segment.BlobItems {
		if *item.Properties.ContentEncoding != "gzip" || *item.Properties.ContentLength != 1 || metadata(item.Metadata, "load") != "4711" {
			t.Errorf("listed as %+v %v", item.Properties, item.Metadata)
		}
	}
}

// metadata returns a value whatever the case of its name, which HTTP does not keep.
func metadata(m map[string]*string, name string) string {
	for key, value := range m {
		if strings.EqualFold(key, name) {
			return *value
		}
	}
	return ""
}

func writeOnceScript(t *testing.T, a account) {
	c := a.container(t)
	once := &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}}
	b := c.NewBlockBlobClient("once")
	must[blockblob.UploadResponse](t)(b.Upload(t.Context(), body("first"), &blockblob.UploadOptions{AccessConditions: once}))
	_, err := b.Upload(t.Context(), body("second"), &blockblob.UploadOptions{AccessConditions: once})
	refused(t, "second upload", err, 409, "BlobAlreadyExists")

	stage(t, b, "1", "third")
	_, err = b.CommitBlockList(t.Context(), []string{blockID("1")}, &blockblob.CommitBlockListOptions{AccessConditions: once})
	refused(t, "commit over a blob", err, 409, "BlobAlreadyExists")
	wantContent(t, b, "first")

	// Uncommitted blocks are no blob.
	fresh := c.NewBlockBlobClient("fresh")
	stage(t, fresh, "1", "blocks")
	must[blockblob.CommitBlockListResponse](t)(fresh.CommitBlockList(t.Context(), []string{blockID("1")},
		&blockblob.CommitBlockListOptions{AccessConditions: once}))
	wantContent(t, fresh, "blocks")
}

func conditionScript(t *testing.T, a account) {
	c := a.container(t)
	b := c.NewBlockBlobClient("b")
	old := put(t, b, "old").ETag
	now := put(t, b, "now").ETag
	when := func(m blob.ModifiedAccessConditions) *blob.AccessConditions {
		return &blob.AccessConditions{ModifiedAccessConditions: &m}
	}
	is, isNot := when(blob.ModifiedAccessConditions{IfMatch: now}), when(blob.ModifiedAccessConditions{IfMatch: old})

	_, err := b.Upload(t.Context(), body("x"), &blockblob.UploadOptions{AccessConditions: isNot})
	refused(t, "upload over an older ETag", err, 412, "ConditionNotMet")
	_, err = b.Delete(t.Context(), &blob.DeleteOptions{AccessConditions: isNot})
	refused(t, "deletion of an older ETag", err, 412, "ConditionNotMet")
	_, err = b.DownloadStream(t.Context(), &blob.DownloadStreamOptions{AccessConditions: isNot})
	refused(t, "download of an older ETag", err, 412, "ConditionNotMet")
	_, err = c.NewBlockBlobClient("none").Upload(t.Context(), body("x"), &blockblob.UploadOptions{AccessConditions: is})
	refused(t, "upload over a blob that is not there", err, 412, "ConditionNotMet")
	_, err = b.Delete(t.Context(), &blob.DeleteOptions{AccessConditions: when(blob.ModifiedAccessConditions{IfModifiedSince: to.Ptr(time.Now().Add(time.Hour))})})
	refused(t, "deletion if modified in the future", err, 412, "ConditionNotMet")
	unchanged(t, b, when(blob.ModifiedAccessConditions{IfNoneMatch: now}))
	_, err = b.Upload(t.Context(), body("x"), &blockblob.UploadOptions{AccessConditions: when(blob.ModifiedAccessConditions{IfNoneMatch: now})})
	refused(t, "upload unless the ETag is this", err, 412, "ConditionNotMet")
	hour := time.Hour
	_, err = b.DownloadStream(t.Context(), &blob.DownloadStreamOptions{AccessConditions: when(blob.ModifiedAccessConditions{IfUnmodifiedSince: to.Ptr(time.Now().Add(-hour))})})
	refused(t, "download unless modified lately", err, 412, "ConditionNotMet")
	unchanged(t, b, when(blob.ModifiedAccessConditions{IfModifiedSince: to.Ptr(time.Now().Add(hour))}))
	wantContent(t, b, "now")

	if got, _ := content(t, b, &blob.DownloadStreamOptions{AccessConditions: is}); got != "now" {
		t.Errorf("download of the ETag it has = %q", got)
	}
	must[blockblob.UploadResponse](t)(b.Upload(t.Context(), body("new"), &blockblob.UploadOptions{AccessConditions: is}))
	wantContent(t, b, "new")
}

// unchanged wants an answer 304, which is no error to the client.
func unchanged(t *testing.T, b *blockblob.Client, conditions *blob.AccessConditions) {
	t.Helper()
	got, r := content(t, b, &blob.DownloadStreamOptions{AccessConditions: conditions})
	if got != "" || r.ErrorCode == nil || *r.ErrorCode != "ConditionNotMet" {
		t.Errorf("download of what did not change = %q, code %v", got, r.ErrorCode)
	}
}

func rangeScript(t *testing.T, a account) {
	c := a.container(t)
	b := c.NewBlockBlobClient("b")
	put(t, b, "0123456789")
	for _, r := range []struct {
		offset, count int64
		want          string
		header        string
	}{
		{0, 4, "0123", "bytes 0-3/10"},
		{3, 1, "3", "bytes 3-3/10"},
		{8, 100, "89", "bytes 8-9/10"},
		{9, 0, "9", "bytes 9-9/10"},
	} {
		got, resp := content(t, b, &blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: r.offset, Count: r.count}})
		if got != r.want || resp.ContentRange == nil || *resp.ContentRange != r.header {
			t.Errorf("range %d+%d = %q, %v; want %q, %s", r.offset, r.count, got, resp.ContentRange, r.want, r.header)
		}
	}
	if _, resp := content(t, b, &blob.DownloadStreamOptions{Range: blob.HTTPRange{Count: 3}}); resp.ContentMD5 != nil || !bytes.Equal(resp.BlobContentMD5, md5Of("0123456789")) {
		t.Errorf("MD5 of a range = %x, of its blob %x", resp.ContentMD5, resp.BlobContentMD5)
	}
	_, err := b.DownloadStream(t.Context(), &blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: 11}})
	refused(t, "range behind the end", err, 416, "InvalidRange")

	got, resp := content(t, b, &blob.DownloadStreamOptions{Range: blob.HTTPRange{Count: 3}, RangeGetContentMD5: to.Ptr(true)})
	if got != "012" || !bytes.Equal(resp.ContentMD5, md5Of("012")) {
		t.Errorf("MD5 of a range = %x, want %x", resp.ContentMD5, md5Of("012"))
	}
}

func blockScript(t *testing.T, a account) {
	c := a.container(t)
	b := c.NewBlockBlobClient("b")
	stage(t, b, "01", "hello ")
	stage(t, b, "02", "blocks")
	_, err := b.GetProperties(t.Context(), nil)
	refused(t, "properties of uncommitted blocks", err, 404, "BlobNotFound")
	if got, _ := names(t, c, "", 10, container.ListBlobsInclude{}); len(got) != 0 {
		t.Errorf("uncommitted blocks are listed: %q", got)
	}
	if got, _ := names(t, c, "", 10, container.ListBlobsInclude{UncommittedBlobs: true}); !slices.Equal(got, []string{"b"}) {
		t.Errorf("list with uncommitted blobs = %q", got)
	}
	wantBlocks(t, b, nil, []string{"01", "02"})

	must[blockblob.CommitBlockListResponse](t)(b.CommitBlockList(t.Context(), []string{blockID("02"), blockID("01")}, nil))
	wantContent(t, b, "blockshello ")
	wantBlocks(t, b, []string{"02", "01"}, nil)
	// The type of the list, which is XML, is not that of the blob.
	if p := must[blob.GetPropertiesResponse](t)(b.GetProperties(t.Context(), nil)); *p.ContentType != "application/octet-stream" {
		t.Errorf("content type %s", *p.ContentType)
	}

	// A block may be kept, replaced or left out; what is not in the list is gone.
	stage(t, b, "02", "BLOCKS")
	stage(t, b, "03", "!")
	stage(t, b, "04", "unused")
	must[blockblob.CommitBlockListResponse](t)(b.CommitBlockList(t.Context(), []string{blockID("01"), blockID("02"), blockID("03")}, nil))
	wantContent(t, b, "hello BLOCKS!")
	wantBlocks(t, b, []string{"01", "02", "03"}, nil)

	_, err = b.CommitBlockList(t.Context(), []string{blockID("01"), blockID("04")}, nil)
	refused(t, "commit of a block that was dropped", err, 400, "InvalidBlockList")
	wantContent(t, b, "hello BLOCKS!")

	must[blockblob.CommitBlockListResponse](t)(b.CommitBlockList(t.Context(), nil, nil))
	wantContent(t, b, "")
}

func wantBlocks(t *testing.T, b *blockblob.Client, committed, uncommitted []string) {
	t.Helper()
	l := must[blockblob.GetBlockListResponse](t)(b.GetBlockList(t.Context(), blockblob.BlockListTypeAll, nil))
	ids := func(blocks []*blockblob.Block) (ids []string) {
		for _, b := range blocks {
			raw, err := base64.StdEncoding.DecodeString(*b.Name)
			if err != nil {
				t.Error(err)
			}
			ids = append(ids, string(raw))
		}
		return ids
	}
	if got := ids(l.CommittedBlocks); !slices.Equal(got, committed) {
		t.Errorf("committed blocks %q, want %q", got, committed)
	}
	if got := ids(l.UncommittedBlocks); !slices.Equal(got, uncommitted) {
		t.Errorf("uncommitted blocks %q, want %q", got, uncommitted)
	}
}

func blockRuleScript(t *testing.T, a account) {
	b := a.container(t).NewBlockBlobClient("b")
	stage(t, b, "01", "x")
	_, err := b.StageBlock(t.Context(), blockID("0001"), body("x"), nil)
	refused(t, "id of another length", err, 400, "InvalidBlobOrBlock")
	_, err = b.StageBlock(t.Context(), "no base64!", body("x"), nil)
	refused(t, "id that is not base64", err, 400, "InvalidQueryParameterValue")
	_, err = b.StageBlock(t.Context(), blockID(strings.Repeat("x", 65)), body("x"), nil)
	refused(t, "id of 65 bytes", err, 400, "OutOfRangeInput", "InvalidQueryParameterValue")
	_, err = b.CommitBlockList(t.Context(), []string{blockID("99")}, nil)
	refused(t, "commit of a block that never was", err, 400, "InvalidBlockList")
	wantBlocks(t, b, nil, []string{"01"})
}

func uploadScript(t *testing.T, a account) {
	c := a.container(t)
	data := make([]byte, 5<<20+7)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	stream := c.NewBlockBlobClient("stream")
	must[blockblob.UploadStreamResponse](t)(stream.UploadStream(t.Context(), bytes.NewReader(data),
		&blockblob.UploadStreamOptions{BlockSize: 1 << 20, Concurrency: 4}))
	buffer := c.NewBlockBlobClient("buffer")
	must[blockblob.UploadBufferResponse](t)(buffer.UploadBuffer(t.Context(), data, nil))
	for _, b := range []*blockblob.Client{stream, buffer} {
		if got, _ := content(t, b, nil); got != string(data) {
			t.Errorf("%s: %d bytes that differ from the %d sent", b.URL(), len(got), len(data))
		}
		got := make([]byte, len(data))
		must[int64](t)(b.DownloadBuffer(t.Context(), got, &blob.DownloadBufferOptions{BlockSize: 1 << 20, Concurrency: 4}))
		if !bytes.Equal(got, data) {
			t.Errorf("%s: a download in parts differs", b.URL())
		}
	}
}

func checksumScript(t *testing.T, a account) {
	b := a.container(t).NewBlockBlobClient("b")
	good, bad := blob.TransferValidationTypeMD5(md5Of("x")), blob.TransferValidationTypeMD5(md5Of("y"))
	goodCRC, badCRC := blob.TransferValidationTypeComputeCRC64(), blob.TransferValidationTypeCRC64(42)

	must[blockblob.UploadResponse](t)(b.Upload(t.Context(), body("x"), &blockblob.UploadOptions{TransactionalValidation: good}))
	must[blockblob.StageBlockResponse](t)(b.StageBlock(t.Context(), blockID("1"), body("x"), &blockblob.StageBlockOptions{TransactionalValidation: good}))
	must[blockblob.UploadResponse](t)(b.Upload(t.Context(), body("x"), &blockblob.UploadOptions{TransactionalValidation: goodCRC}))
	r := must[blockblob.StageBlockResponse](t)(b.StageBlock(t.Context(), blockID("1"), body("x"), &blockblob.StageBlockOptions{TransactionalValidation: goodCRC}))
	if len(r.ContentCRC64) != 8 {
		t.Errorf("CRC-64 of a block = %x", r.ContentCRC64)
	}

	_, err := b.Upload(t.Context(), body("x"), &blockblob.UploadOptions{TransactionalValidation: bad})
	refused(t, "upload with another MD5", err, 400, "Md5Mismatch")
	_, err = b.StageBlock(t.Context(), blockID("1"), body("x"), &blockblob.StageBlockOptions{TransactionalValidation: bad})
	refused(t, "block with another MD5", err, 400, "Md5Mismatch")
	_, err = b.Upload(t.Context(), body("x"), &blockblob.UploadOptions{TransactionalValidation: badCRC})
	refused(t, "upload with another CRC", err, 400, "Crc64Mismatch")
	_, err = b.StageBlock(t.Context(), blockID("1"), body("x"), &blockblob.StageBlockOptions{TransactionalValidation: badCRC})
	refused(t, "block with another CRC", err, 400, "Crc64Mismatch")
	_, err = b.Upload(t.Context(), body("x"), &blockblob.UploadOptions{TransactionalValidation: blob.TransferValidationTypeMD5{1, 2, 3}})
	refused(t, "upload with a short MD5", err, 400, "InvalidMd5")
}

func md5Of(text string) []byte {
	sum := md5.Sum([]byte(text))
	return sum[:]
}

func listScript(t *testing.T, a account) {
	c := a.container(t)
	if got, pages := names(t, c, "", 10, container.ListBlobsInclude{}); len(got) != 0 || pages != 1 {
		t.Errorf("an empty container lists %q on %d pages", got, pages)
	}
	all := []string{"A", "a", "a b", "a+b", "a/", "a/1", "a/2/x", "a/2/y", "a%2F1", "b", "ä", "日本"}
	for _, name := range all {
		put(t, c.NewBlockBlobClient(name), name)
	}
	slices.Sort(all)
	for size := range int32(len(all) + 1) {
		got, pages := names(t, c, "", size+1, container.ListBlobsInclude{})
		slices.Sort(got)
		if want := (len(all) + int(size)) / int(size+1); !slices.Equal(got, all) || pages != want {
			t.Errorf("pages of %d: %q on %d pages, want %q on %d", size+1, got, pages, all, want)
		}
	}
	if got, _ := names(t, c, "a/", 2, container.ListBlobsInclude{}); !slices.Equal(got, []string{"a/", "a/1", "a/2/x", "a/2/y"}) {
		t.Errorf("names with prefix a/ = %q", got)
	}
	if got, _ := names(t, c, "none", 2, container.ListBlobsInclude{}); len(got) != 0 {
		t.Errorf("names with prefix none = %q", got)
	}
	for _, name := range all {
		wantContent(t, c.NewBlockBlobClient(name), name)
	}

	pager := c.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: to.Ptr("a/"), MaxResults: to.Ptr(int32(2))})
	var blobs, prefixes []string
	for pager.More() {
		page := must[container.ListBlobsHierarchyResponse](t)(pager.NextPage(t.Context()))
		for _, p := range page.Segment.BlobPrefixes {
			prefixes = append(prefixes, *p.Name)
		}
		for _, b := range page.Segment.BlobItems {
			blobs = append(blobs, *b.Name)
		}
	}
	if !slices.Equal(blobs, []string{"a/", "a/1"}) || !slices.Equal(prefixes, []string{"a/2/"}) {
		t.Errorf("below a/: blobs %q, prefixes %q", blobs, prefixes)
	}
}

func missingScript(t *testing.T, a account) {
	b := a.container(t).NewBlockBlobClient("none")
	_, err := b.DownloadStream(t.Context(), nil)
	refused(t, "download", err, 404, "BlobNotFound")
	_, err = b.GetProperties(t.Context(), nil)
	refused(t, "properties", err, 404, "BlobNotFound")
	_, err = b.Delete(t.Context(), nil)
	refused(t, "deletion", err, 404, "BlobNotFound")
	_, err = b.GetBlockList(t.Context(), blockblob.BlockListTypeAll, nil)
	refused(t, "block list", err, 404, "BlobNotFound")

	c := a.service(t).ServiceClient().NewContainerClient(containerName(t))
	b = c.NewBlockBlobClient("none")
	_, err = b.Upload(t.Context(), body("x"), nil)
	refused(t, "upload", err, 404, "ContainerNotFound")
	_, err = b.StageBlock(t.Context(), blockID("1"), body("x"), nil)
	refused(t, "block", err, 404, "ContainerNotFound")
	_, err = b.CommitBlockList(t.Context(), []string{blockID("1")}, nil)
	refused(t, "commit", err, 404, "ContainerNotFound")
	_, err = b.DownloadStream(t.Context(), nil)
	refused(t, "download", err, 404, "ContainerNotFound")
	_, err = c.NewListBlobsFlatPager(nil).NextPage(t.Context())
	refused(t, "list", err, 404, "ContainerNotFound")
}

func keyScript(t *testing.T, a account) {
	c := a.container(t)
	put(t, c.NewBlockBlobClient("b"), "x")
	for name, cred := range map[string]account{
		"another key":     {a.url, a.name, base64.StdEncoding.EncodeToString([]byte("not the key"))},
		"another account": {a.url, "someoneelse", a.key},
	} {
		other, err := azblob.NewSharedKeyCredential(cred.name, cred.key)
		if err != nil {
			t.Fatal(err)
		}
		b, err := blockblob.NewClientWithSharedKeyCredential(c.NewBlockBlobClient("b").URL(), other, &blockblob.ClientOptions{ClientOptions: options()})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.DownloadStream(t.Context(), nil)
		refused(t, name, err, 403, "AuthenticationFailed", "AuthorizationFailure")
		_, err = b.Upload(t.Context(), body("y"), nil)
		refused(t, name, err, 403, "AuthenticationFailed", "AuthorizationFailure")
	}
	wantContent(t, c.NewBlockBlobClient("b"), "x")

	r, err := http.Get(c.NewBlockBlobClient("b").URL())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode < 400 { // 401, 403, 404 or 409, as the account is set up
		t.Errorf("nobody may read: status %d", r.StatusCode)
	}
}
