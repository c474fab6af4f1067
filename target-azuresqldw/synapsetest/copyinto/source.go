package copyinto

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// location is an address taken apart: account, container and the path in it, which may hold wildcards.
type location struct {
	container string // URL
	account   string
	path      string
}

// parseLocation reads https://account.blob.core.windows.net/container/path, or on a numeric host or localhost
// http://host:port/account/container/path, as emulators of the storage have it.
func parseLocation(s string) (location, error) {
	bad := sqltype.Errorf(errLocation, "Not able to validate external location because the path '%s' is not valid.", s)
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme != "https" && scheme != "http" {
		return location{}, bad
	}
	host, path, _ := strings.Cut(rest, "/")
	var l location
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	base := scheme + "://" + host
	if net.ParseIP(name) != nil || name == "localhost" {
		l.account, path, _ = strings.Cut(path, "/")
		base += "/" + l.account
	} else {
		l.account, _, _ = strings.Cut(host, ".")
		if scheme != "https" {
			return location{}, bad
		}
	}
	containerName, path, _ := strings.Cut(path, "/")
	if l.account == "" || containerName == "" {
		return location{}, bad
	}
	l.container = base + "/" + containerName
	l.path = path
	if unescaped, err := url.PathUnescape(path); err == nil {
		l.path = unescaped
	}
	return l, nil
}

// source is the container that all locations of a statement lie in.
type source struct {
	client *container.Client
	base   string
}

// open prepares the client. "Multiple file locations can only be specified from the same storage account and container."
func (l Loader) open(s Statement) (*source, error) {
	var first location
	for i, text := range s.Locations {
		at, err := parseLocation(text)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			first = at
		} else if at.container != first.container {
			return nil, sqltype.Errorf(errLocation, "Not able to validate external location because all locations must be in the same storage account and container.")
		}
	}
	transport := l.HTTP
	if transport == nil {
		transport = http.DefaultClient
	}
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: transport,
		Retry:     policy.RetryOptions{MaxRetries: -1}, // trouble of the storage is the statement's error
	}}
	client, err := newClient(first, s.Identity, s.Secret, options)
	if err != nil {
		return nil, err
	}
	return &source{client: client, base: first.container}, nil
}

// newClient takes the credentials of the page: account key, SAS with or without its question mark, or none.
func newClient(at location, identity, secret string, options *container.ClientOptions) (*container.Client, error) {
	var client *container.Client
	var err error
	switch {
	case identity == "":
		client, err = container.NewClientWithNoCredential(at.container, options)
	case strings.EqualFold(identity, "Shared Access Signature"):
		client, err = container.NewClientWithNoCredential(at.container+"?"+strings.TrimPrefix(secret, "?"), options)
	case strings.EqualFold(identity, "Storage Account Key"):
		credential, keyErr := container.NewSharedKeyCredential(at.account, secret)
		if keyErr != nil {
			return nil, locationError(http.StatusForbidden)
		}
		client, err = container.NewClientWithSharedKeyCredential(at.container, credential, options)
	default:
		return nil, sqltype.Errorf(errLocation, "Not able to validate external location because the identity '%s' is not served by this emulator.", identity)
	}
	if err != nil {
		return nil, locationError(http.StatusBadRequest)
	}
	return client, nil
}

// locationError is what users of the pool see when the storage refuses (github.com/MicrosoftDocs/azure-docs/issues/85853).
func locationError(status int) *sqltype.Error {
	return sqltype.Errorf(errLocation, "Not able to validate external location because The remote server returned an error: (%d) %s.", status, http.StatusText(status))
}

func (s *source) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return locationError(e.StatusCode)
	}
	return sqltype.Errorf(errLocation, "Not able to validate external location because the storage account does not answer.")
}

func (s *source) url(name string) string { return s.base + "/" + name }

// find gives the names of the files that the locations stand for. A location without any is an error: the page does not
// grant it, although pools are said to end with an empty table at times.
func (s *source) find(ctx context.Context, locations []string) ([]string, error) {
	var files []string
	for _, text := range locations {
		at, err := parseLocation(text)
		if err != nil {
			return nil, err
		}
		found, err := s.match(ctx, at.path)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, locationError(http.StatusNotFound)
		}
		files = append(files, found...)
	}
	return files, nil
}

// match lists the container below the part of the path that is no pattern. A path is a file, or a folder with all below
// it; an asterisk stands for anything, also in folders below ("wildcard expansion is applied recursively"), unless a
// backslash stands before it.
func (s *source) match(ctx context.Context, path string) ([]string, error) {
	prefix, pattern := compile(path)
	var found []string
	pager := s.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		for _, item := range page.Segment.BlobItems {
			name := *item.Name
			switch {
			case pattern == nil && name == path:
				return []string{name}, nil
			case pattern != nil && !pattern.MatchString(name):
			case pattern == nil && path != "" && !strings.HasPrefix(name, strings.TrimSuffix(path, "/")+"/"):
			case isHidden(name, prefix):
			default:
				found = append(found, name)
			}
		}
	}
	return found, nil
}

// compile splits a path before its first wildcard; the pattern is nil when it has none.
func compile(path string) (prefix string, pattern *regexp.Regexp) {
	var expression strings.Builder
	wild := false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			expression.WriteString(regexp.QuoteMeta(path[i : i+1]))
			if !wild {
				prefix += path[i : i+1]
			}
		case c == '*':
			wild = true
			expression.WriteString(".*")
		default:
			expression.WriteString(regexp.QuoteMeta(path[i : i+1]))
			if !wild {
				prefix += path[i : i+1]
			}
		}
	}
	if !wild {
		return path, nil
	}
	return prefix, regexp.MustCompile("(?s)^" + expression.String() + "$")
}

// isHidden: "COPY ignores hidden folders and doesn't return files that begin with an underline (_) or a period (.) unless
// explicitly specified in the path."
func isHidden(name, given string) bool {
	at := 0
	for part := range strings.SplitSeq(name, "/") {
		if at >= len(given) && (strings.HasPrefix(part, "_") || strings.HasPrefix(part, ".")) {
			return true
		}
		at += len(part) + 1
	}
	return false
}

// open fetches a file.
func (s *source) open(ctx context.Context, name string) (io.ReadCloser, error) {
	got, err := s.client.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return got.Body, nil
}
