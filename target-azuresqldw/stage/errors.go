package stage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
)

// Error is what the storage account answered, or what kept it from answering.
type Error struct {
	Op     string // "put blob"
	Name   string
	Status int    // of HTTP, 0 without an answer
	Code   string // the service's own: "AuthorizationPermissionMismatch"
	Hint   string // the way out, "" when there is none to tell
	Err    error
}

// Error says operation, name, cause and way out on one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Op, e.Name)
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d %s", e.Status, e.Code)
	} else {
		b.WriteString(strings.Join(strings.Fields(e.Err.Error()), " "))
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// explain names what was asked for, and for a refusal the right that may be
// missing: a letter of a SAS.
func (c *Container) explain(op, name, right string, err error) error {
	e := &Error{Op: op, Name: c.o.Container + "/" + c.full(name), Err: clean(err)}
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		if !errors.Is(err, context.Canceled) {
			e.Hint = "check blob_endpoint (" + c.o.Endpoint + "), and that no firewall or proxy is in between"
		}
		return e
	}
	e.Status, e.Code = answer.StatusCode, answer.ErrorCode
	if e.Code == "" {
		e.Code = http.StatusText(e.Status)
	}
	e.Hint = c.hint(answer, right)
	return e
}

func (c *Container) hint(answer *azcore.ResponseError, right string) string {
	switch bloberror.Code(answer.ErrorCode) {
	case bloberror.ContainerNotFound:
		return "there is no container " + c.o.Container + ": create it, or check blob_endpoint and container"
	case bloberror.ContainerBeingDeleted:
		return "the container is being deleted: wait, or use another"
	case bloberror.AuthenticationFailed:
		if c.o.AccountKey.IsZero() {
			return "sas_token is wrong, has expired or is not valid yet"
		}
		return "account_key is not a key of account " + c.o.Account
	case bloberror.NoAuthenticationInformation:
		return "sas_token holds no signature that the account knows: give the whole of it, like sv=…&sp=…&se=…&sig=…"
	case bloberror.AuthorizationPermissionMismatch:
		return "sas_token lacks the right " + rightName(right)
	case bloberror.AuthorizationFailure:
		return "the account's firewall does not let this address in, or sas_token lacks the right " + rightName(right)
	case bloberror.AuthorizationSourceIPMismatch:
		return "sas_token is bound to other addresses than this one"
	case bloberror.AuthorizationProtocolMismatch:
		return "sas_token is for https alone"
	case bloberror.AuthorizationResourceTypeMismatch, bloberror.AuthorizationServiceMismatch:
		return "sas_token is for something else than blobs in containers"
	case bloberror.BlobAlreadyExists:
		return "names are written once: another run has used this one"
	}
	switch answer.StatusCode {
	case http.StatusForbidden:
		return "the credential lacks the right " + rightName(right)
	case http.StatusNotFound:
		return "check blob_endpoint and container"
	case http.StatusConflict:
		return "the account does not allow this: key access may be disabled, or the name be in use"
	}
	return ""
}

// rightName spells out a letter of a SAS.
func rightName(letter string) string {
	switch letter {
	case "d":
		return "delete (d)"
	case "l":
		return "list (l)"
	case "r":
		return "read (r)"
	}
	return "create (c) or write (w)"
}

// clean takes the URL, which may hold a SAS, out of an error of the transport.
func clean(err error) error {
	var transport *url.Error
	if errors.As(err, &transport) {
		return transport.Err
	}
	return err
}
