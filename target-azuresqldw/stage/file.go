package stage

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

const (
	// plainBytes of CSV are kept as they are before a compressor, which takes a
	// megabyte, is begun: most tables of a load are small.
	plainBytes = 64 << 10
	// earlyBytes is the smallest block that is sent because memory is short.
	earlyBytes = 256 << 10
)

// File is one blob of gzip CSV that is being written. It is used by one
// goroutine at a time, and ends with Commit or Abort.
type File struct {
	c    *Container
	name string
	blob *blockblob.Client

	plain []byte       // CSV that no compressor has seen yet
	zip   *gzip.Writer // nil while all fits plain
	block []byte       // compressed, not yet sent
	bytes int64        // compressed so far
	sum   hash.Hash    // of them
	ids   []string     // of the blocks sent

	uploads *errgroup.Group
	ctx     context.Context // of the uploads under way; ends with the first failure
	err     error
}

// NewFile begins a file. Uploads that happen while it is written run under
// ctx. The name, made by [Name], must be used by nobody else ever.
func (c *Container) NewFile(ctx context.Context, name string) *File {
	f := &File{c: c, name: name, blob: c.client.NewBlockBlobClient(c.full(name)), sum: md5.New()}
	f.uploads, f.ctx = errgroup.WithContext(ctx)
	if name != Name(strings.Split(name, "/")...) {
		f.err = fmt.Errorf("new file %q: name holds characters that do not go into a URL as they are", name)
	}
	return f
}

// Name joins the parts of a file's name with slashes. Characters that a URL or
// COPY INTO might read as something else become "-"; so does a leading "_" or ".",
// which would make the pool ignore the file.
func Name(parts ...string) string {
	clean := make([]string, 0, len(parts))
	for _, p := range parts {
		p = strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.', r == '=':
				return r
			}
			return '-'
		}, p)
		if p == "" || p[0] == '_' || p[0] == '.' {
			p = "-" + strings.TrimLeft(p, "_.")
		}
		clean = append(clean, p)
	}
	return strings.Join(clean, "/")
}

// Name returns the name the file was begun with.
func (f *File) Name() string { return f.name }

// Size is the number of compressed bytes so far; the compressor holds back some.
func (f *File) Size() int64 { return f.bytes + int64(len(f.plain)) }

// Write takes CSV. It waits when more is written than can be uploaded.
func (f *File) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if f.zip == nil {
		if len(f.plain)+len(p) <= plainBytes {
			f.plain = append(f.plain, p...)
			return len(p), nil
		}
		f.startZip()
	}
	if _, err := f.zip.Write(p); err != nil {
		return 0, f.fail(err)
	}
	return len(p), nil
}

// startZip takes a compressor and gives it what was kept plain.
func (f *File) startZip() {
	f.zip = f.c.zippers.Get().(*gzip.Writer)
	f.zip.Reset((*compressed)(f))
	if len(f.plain) > 0 {
		if _, err := f.zip.Write(f.plain); err != nil {
			f.fail(err)
		}
	}
	f.plain = nil
}

// stopZip gives the compressor back.
func (f *File) stopZip() {
	if f.zip != nil {
		f.zip.Reset(nil)
		f.c.zippers.Put(f.zip)
		f.zip = nil
	}
}

// compressed is the File as its compressor sees it.
type compressed File

// Write keeps compressed bytes until they make a block, or until all files
// together keep too many.
func (w *compressed) Write(p []byte) (int, error) {
	f := (*File)(w)
	f.block = append(f.block, p...)
	f.bytes += int64(len(p))
	f.sum.Write(p)
	kept := f.c.buffered.Add(int64(len(p)))
	if len(f.block) >= f.c.o.BlockBytes || kept > f.c.o.MemoryBytes && len(f.block) >= earlyBytes {
		if err := f.sendBlock(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// sendBlock has the block uploaded beside the writing, as soon as there is an
// upload slot.
func (f *File) sendBlock() error {
	select {
	case f.c.slots <- struct{}{}:
	case <-f.ctx.Done():
		return f.uploadError()
	}
	block := f.block
	f.block = f.c.newBlock()
	id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%08d", len(f.ids)))
	f.ids = append(f.ids, id)
	f.uploads.Go(func() error {
		defer func() {
			f.c.buffered.Add(-int64(len(block)))
			f.c.freeBlock(block)
			<-f.c.slots
		}()
		if _, err := f.blob.StageBlock(f.ctx, id, body(block), nil); err != nil {
			return f.c.explain("put block of", f.name, "w", err)
		}
		return nil
	})
	return nil
}

func (c *Container) newBlock() []byte {
	if b, ok := c.blocks.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

func (c *Container) freeBlock(b []byte) {
	if cap(b) >= c.o.BlockBytes {
		c.blocks.Put(&b)
	}
}

func body(b []byte) *nopCloser { return &nopCloser{bytes.NewReader(b)} }

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// uploadError is why the uploads ended: an upload's own error, or the context's.
func (f *File) uploadError() error {
	if err := f.uploads.Wait(); err != nil {
		return err
	}
	return fmt.Errorf("put block of %s: %w", f.name, context.Cause(f.ctx))
}

func (f *File) fail(err error) error {
	if f.err == nil {
		f.err = err
	}
	return f.err
}

// Commit ends the file and makes it appear in the container, whole.
func (f *File) Commit(ctx context.Context) (Blob, error) {
	if f.err != nil {
		f.Abort()
		return Blob{}, f.err
	}
	if f.zip == nil {
		f.startZip()
	}
	if f.err == nil {
		if err := f.zip.Close(); err != nil {
			f.fail(err)
		}
	}
	f.stopZip()
	if f.err == nil {
		if err := f.upload(ctx); err != nil {
			f.fail(err)
		}
	}
	f.release()
	if f.err != nil {
		return Blob{}, f.err
	}
	f.c.o.Log.DebugContext(ctx, "blob written", "blob", f.name, "bytes", f.bytes, "blocks", len(f.ids))
	f.err = fmt.Errorf("write to %s: file is committed", f.name)
	return Blob{Name: f.name, URL: f.c.URL(f.name), Bytes: f.bytes}, nil
}

// upload sends what is left: a whole small file as one blob, the last block of
// a large one and then the list of blocks.
func (f *File) upload(ctx context.Context) error {
	headers := &blob.HTTPHeaders{BlobContentMD5: f.sum.Sum(nil), BlobContentType: to.Ptr("application/gzip")}
	once := &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}}
	if len(f.ids) == 0 {
		_, err := f.blob.Upload(ctx, body(f.block), &blockblob.UploadOptions{HTTPHeaders: headers, AccessConditions: once})
		return f.written(ctx, "put blob", err)
	}
	if len(f.block) > 0 {
		if err := f.sendBlock(); err != nil {
			return err
		}
	}
	if err := f.uploads.Wait(); err != nil {
		return err
	}
	_, err := f.blob.CommitBlockList(ctx, f.ids, &blockblob.CommitBlockListOptions{HTTPHeaders: headers, AccessConditions: once})
	return f.written(ctx, "put block list of", err)
}

// written judges the answer to the request that makes the blob appear. When
// the answer to a first attempt was lost, the repeated one finds the name in use,
// by this very file.
func (f *File) written(ctx context.Context, op string, err error) error {
	if bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet) {
		p, getErr := f.blob.GetProperties(ctx, nil)
		if getErr == nil && p.ContentLength != nil && *p.ContentLength == f.bytes && bytes.Equal(p.ContentMD5, f.sum.Sum(nil)) {
			return nil
		}
	}
	if err != nil {
		return f.c.explain(op, f.name, "w", err)
	}
	return nil
}

// Abort gives up a file. Blocks that are there already are never seen; the
// service throws them away after a week.
func (f *File) Abort() {
	f.uploads.Wait()
	f.stopZip()
	f.release()
	f.fail(fmt.Errorf("write to %s: file is given up", f.name))
}

// release forgets what is kept.
func (f *File) release() {
	f.c.buffered.Add(-int64(len(f.block)))
	if f.block != nil {
		f.c.freeBlock(f.block)
	}
	f.block, f.plain = nil, nil
}
