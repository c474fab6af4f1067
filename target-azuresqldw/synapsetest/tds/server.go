package tds

import (
	"log/slog"
)

// Options say how a Server behaves. Handler is required.
type Options struct {
	Handler Handler
	Log     *slog.Logger // discarded when nil
	Fault   Fault

	ServerName   string // of LOGINACK and errors; "Microsoft SQL Server" and "localhost" when empty
	GatewayError bool   // a login is refused with the Synapse gateway's 110003 instead of 18456

	RequireEncryption bool // refuse clients that do not encrypt, as Azure does
	NoEncryption      bool // say that encryption is not supported

	MaxMessageBytes int // of one request; 64 MiB when 0
}
