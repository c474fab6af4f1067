package intercom

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FindRequest asks for a list by POST that comes in one piece.
type FindRequest struct {
	Endpoint string // "/calls/search"
	Key      string // member of the answer that holds the items
	Body     any    // of texts, numbers and lists and maps of them
}

// Find reads what a search without pages finds. Its items are raw JSON values
// that stay valid as long as they are referenced.
func (c *Client) Find(ctx context.Context, f FindRequest) ([]jsontext.Value, error) {
	body, err := json.Marshal(f.Body)
	if err != nil {
		panic("intercom: " + err.Error())
	}
	r := &request{method: http.MethodPost, endpoint: f.Endpoint, path: f.Endpoint, body: func() []byte { return body }}
	p, err := c.page(ctx, r, f.Key)
	return p.Items, err
}
