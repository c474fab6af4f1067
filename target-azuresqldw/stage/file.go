package stage

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"
)

// earlyBytes is the smallest block that is sent because memory is short. A blob
// has 50,000 blocks at most.
const earlyBytes = 64 << 10

// File is one blob of gzip CSV that is being written. It is used by one
// goroutine at a time, and ends with Commit or Abort.
//
// A compressor takes a megabyte, and there may be hundreds of files. So a file
// has none of its own: each Write borrows one and ends on a byte boundary, as
// pigz does. The result is one gzip member. Pieces of less than 100 KB or so
// compress less well that way.
type File struct {
	c    *Container
	name string
	blob *blockblob.Client

	crc   uint32 // of the CSV
	plain uint32 // bytes of it, modulo 2^32 as gzip has it
	begun bool   // the header is written
	block pile   // compressed, not yet sent
	bytes int64  // compressed so far
	sum   hash.Hash
	ids   []string // of the blocks sent

	uploads *errgroup.Group
	ctx     context.Context // of the uploads under way; ends with the first failure
	err     error
}

// NewFile begins a file. Uploads that happen while it is written run under
// ctx. The name, made by [Name], must be used by nobody else ever.
func (c *Container) NewFile(ctx context.Context, name string) *File {
	f := &File{c: c, name: name, blob: c.client.NewBlockBlobClient(c.full(name)), sum: md5.New(), block: pile{c: c}}
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

// Size is the number of compressed bytes so far.
func (f *File) Size() int64 { return f.bytes }

// lastBlock is an empty block that ends a deflate stream: RFC 1951 3.2.3.
const lastBlock = "\x03\x00"

// gzipHeader is the beginning of a gzip member: RFC 1952 2.3.1. Its byte of
// extra flags tells the two extreme levels.
func gzipHeader(level int) []byte {
	header := []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
	switch level {
	case flate.BestCompression:
		header[8] = 2
	case flate.BestSpeed:
		header[8] = 4
	}
	return header
}

// Write takes CSV. It waits when more is written than can be uploaded.
func (f *File) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if err := f.compress(p); err != nil {
		return 0, f.fail(err)
	}
	return len(p), nil
}

func (f *File) compress(p []byte) error {
	w := (*compressed)(f)
	if err := w.begin(); err != nil || len(p) == 0 {
		return err
	}
	z := f.c.compressors.Get().(*flate.Writer)
	z.Reset(w)
	_, err := z.Write(p)
	if err == nil {
		err = z.Flush()
	}
	z.Reset(nil)
	f.c.compressors.Put(z)
	f.crc = crc32.Update(f.crc, crc32.IEEETable, p)
	f.plain += uint32(len(p)) //nolint:gosec // modulo 2^32
	return err
}

// finish ends the gzip member.
func (f *File) finish() error {
	w := (*compressed)(f)
	if err := w.begin(); err != nil {
		return err
	}
	trailer := binary.LittleEndian.AppendUint32([]byte(lastBlock), f.crc)
	_, err := w.Write(binary.LittleEndian.AppendUint32(trailer, f.plain))
	return err
}

// compressed is the File as its compressor sees it.
type compressed File

func (w *compressed) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	_, err := w.Write(gzipHeader(w.c.o.Level))
	return err
}

// Write keeps compressed bytes until they make a block, or until all files
// together keep too many.
func (w *compressed) Write(p []byte) (int, error) {
	f := (*File)(w)
	f.block.add(p)
	f.bytes += int64(len(p))
	f.sum.Write(p)
	if f.block.size >= f.c.o.BlockBytes || f.block.size >= earlyBytes && f.c.Short() {
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
	f.block = pile{c: f.c}
	id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%08d", len(f.ids)))
	f.ids = append(f.ids, id)
	f.uploads.Go(func() error {
		body := block.reader()
		defer func() {
			block.free(body.passes <= 1)
			<-f.c.slots
		}()
		if _, err := f.blob.StageBlock(f.ctx, id, body, nil); err != nil {
			return f.c.explain("put block of", f.name, "w", err)
		}
		return nil
	})
	return nil
}

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
	err := f.finish()
	if err == nil {
		err = f.upload(ctx)
	}
	if err != nil {
		f.fail(err)
	}
	f.block.free(false)
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
		_, err := f.blob.Upload(ctx, f.block.reader(), &blockblob.UploadOptions{HTTPHeaders: headers, AccessConditions: once})
		return f.written(ctx, "put blob", err)
	}
	if f.block.size > 0 {
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
	f.block.free(false)
	f.fail(fmt.Errorf("write to %s: file is given up", f.name))
}
