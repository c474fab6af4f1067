package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"

	"intercomdw/singer/secret"
)

// Options say where files go and how.
type Options struct {
	Endpoint  string // https://account.blob.core.windows.net
	Container string
	Prefix    string // of all names; none
	Account   string // taken from Endpoint

	// One of the two.
	AccountKey secret.String
	SASToken   secret.String // with or without the leading question mark

	Level       int   // of gzip; 3
	BlockBytes  int   // uploaded at once; 8 MiB
	Uploads     int   // at once, of all files; 4
	MemoryBytes int64 // compressed and not yet uploaded, of all files; 64 MiB
	RotateBytes int64 // compressed, at which Parts begins another file; 32 MiB

	Retries    int           // of a request; 5
	RetryDelay time.Duration // before the first, then doubled; 800ms
	TryTimeout time.Duration // for one request, however it moves; 15m
	Silence    time.Duration // without a byte, after which a request is repeated; 12s
	Patience   time.Duration // without a byte from the account, after which none is; 36s

	HTTP *http.Client // one that gives up what stands still
	Log  *slog.Logger // none
}

func (o Options) withDefaults() Options {
	setDefault(&o.Level, 3) // nearly the speed of 1, and smaller
	setDefault(&o.BlockBytes, 8<<20)
	setDefault(&o.Uploads, 4)
	setDefault(&o.MemoryBytes, 64<<20)
	setDefault(&o.RotateBytes, 32<<20)
	setDefault(&o.Retries, 5)
	setDefault(&o.RetryDelay, 800*time.Millisecond)
	setDefault(&o.TryTimeout, 15*time.Minute) // 8 MiB at 10 kB/s
	setDefault(&o.Silence, 12*time.Second)    // three tries, and the pauses between, are less than a minute
	setDefault(&o.Patience, 36*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Prefix = strings.Trim(o.Prefix, "/")
	return o
}

func setDefault[T int | int64 | time.Duration](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}

// Container is where files go. It is safe for concurrent use.
type Container struct {
	o      Options
	client *container.Client

	slots chan struct{} // one per upload under way
	kept  atomic.Int64  // memory for what is compressed and not uploaded

	compressors sync.Pool // *flate.Writer, a megabyte each
	pieces      sync.Pool // *[fullPiece]byte
}

// Open returns the container; it sends nothing. [Container.Check] does.
func Open(o Options) (*Container, error) {
	o = o.withDefaults()
	if o.AccountKey.IsZero() == o.SASToken.IsZero() {
		return nil, errors.New("open container: give either account_key or sas_token")
	}
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil || endpoint.Host == "" {
		return nil, fmt.Errorf("open container: blob_endpoint %q is no URL like https://account.blob.core.windows.net", o.Endpoint)
	}
	if o.Account == "" {
		o.Account = accountOf(endpoint)
	}
	if o.Level < flate.HuffmanOnly || o.Level > flate.BestCompression {
		return nil, fmt.Errorf("open container: gzip: invalid compression level: %d", o.Level)
	}
	c := &Container{o: o, slots: make(chan struct{}, o.Uploads)}
	c.compressors.New = func() any {
		z, _ := flate.NewWriter(nil, o.Level)
		return z
	}
	options := &container.ClientOptions{}
	options.Retry = policy.RetryOptions{
		MaxRetries: int32(o.Retries), RetryDelay: o.RetryDelay, MaxRetryDelay: time.Minute, TryTimeout: o.TryTimeout,
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: newSteady(o)}
	}
	options.Transport = o.HTTP
	address := strings.TrimRight(o.Endpoint, "/") + "/" + url.PathEscape(o.Container)
	if o.AccountKey.IsZero() {
		c.client, err = container.NewClientWithNoCredential(address+"?"+c.sas(), options)
	} else {
		var key *container.SharedKeyCredential
		if key, err = container.NewSharedKeyCredential(o.Account, o.AccountKey.Reveal()); err != nil {
			return nil, fmt.Errorf("open container: account_key is not base64")
		}
		c.client, err = container.NewClientWithSharedKeyCredential(address, key, options)
	}
	if err != nil {
		return nil, fmt.Errorf("open container %s: %w", o.Container, clean(err))
	}
	return c, nil
}

// Short says that files keep more in memory than they may.
func (c *Container) Short() bool { return c.kept.Load() > c.o.MemoryBytes }

// accountOf reads the account's name out of an endpoint: the first label of
// the host, or the path of an emulator's.
func accountOf(endpoint *url.URL) string {
	if path := strings.Trim(endpoint.Path, "/"); path != "" {
		return path
	}
	name, _, _ := strings.Cut(endpoint.Hostname(), ".")
	return name
}

func (c *Container) sas() string { return strings.TrimPrefix(c.o.SASToken.Reveal(), "?") }

// Credential is what COPY INTO has to show to read the files.
type Credential struct {
	Identity string // as COPY INTO names the kind
	Secret   secret.String
}

// Credential returns the container's own credential.
func (c *Container) Credential() Credential {
	if c.o.AccountKey.IsZero() {
		return Credential{"Shared Access Signature", secret.New(c.sas())}
	}
	return Credential{"Storage Account Key", c.o.AccountKey}
}

// URL returns where a file is, without credential.
func (c *Container) URL(name string) string {
	return strings.TrimRight(c.o.Endpoint, "/") + "/" + c.o.Container + "/" + c.full(name)
}

// full is a name with the container's prefix.
func (c *Container) full(name string) string {
	if c.o.Prefix == "" {
		return name
	}
	return c.o.Prefix + "/" + name
}

// Delete deletes files. One that is not there is deleted already.
func (c *Container) Delete(ctx context.Context, names ...string) error {
	failed := make([]error, len(names))
	var deletes errgroup.Group
	deletes.SetLimit(deletesAtOnce)
	for i, name := range names {
		deletes.Go(func() error {
			_, err := c.client.NewBlobClient(c.full(name)).Delete(ctx, nil)
			if err != nil && !bloberror.HasCode(err, bloberror.BlobNotFound) {
				failed[i] = c.explain("delete blob", name, "d", err)
			}
			return nil
		})
	}
	deletes.Wait()
	return errors.Join(failed...)
}

const deletesAtOnce = 8

// Blob is a file in the container.
type Blob struct {
	Name     string // without the container's prefix
	URL      string
	Bytes    int64
	Modified time.Time // set by List
}

// List returns the files whose names begin with a prefix.
func (c *Container) List(ctx context.Context, prefix string) ([]Blob, error) {
	full := c.full(prefix)
	pager := c.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &full})
	var list []Blob
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, c.explain("list blobs", prefix, "l", err)
		}
		for _, item := range page.Segment.BlobItems {
			if item.Name == nil {
				continue
			}
			name := *item.Name
			if c.o.Prefix != "" {
				name = strings.TrimPrefix(name, c.o.Prefix+"/")
			}
			b := Blob{Name: name, URL: c.URL(name)}
			if p := item.Properties; p != nil {
				if p.ContentLength != nil {
					b.Bytes = *p.ContentLength
				}
				if p.LastModified != nil {
					b.Modified = *p.LastModified
				}
			}
			list = append(list, b)
		}
	}
	return list, nil
}

// Reach asks for the container once, and so finds out that it is not there or that the credential is not accepted. A
// credential that may not list is another matter.
func (c *Container) Reach(ctx context.Context) error {
	prefix, one := c.full(""), int32(1)
	_, err := c.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix, MaxResults: &one}).NextPage(ctx)
	if err == nil || bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch) {
		return nil
	}
	return c.explain("open container", "", "l", err)
}

// Check writes, lists and deletes a file of the given name, and so finds out
// which right is missing before anything depends on it.
func (c *Container) Check(ctx context.Context, name string) error {
	f := c.NewFile(ctx, name)
	if _, err := f.Write([]byte("1,2\n")); err != nil {
		return err
	}
	if _, err := f.Commit(ctx); err != nil {
		return err
	}
	list, err := c.List(ctx, name)
	if err != nil {
		return err
	}
	if len(list) != 1 {
		return fmt.Errorf("list blobs %s: the file just written is not there", name)
	}
	return c.Delete(ctx, name)
}
