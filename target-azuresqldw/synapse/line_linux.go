package synapse

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacknowledged has the kernel give a connection up whose bytes nobody
// acknowledges (tcp(7), TCP_USER_TIMEOUT); without it that takes a quarter of an hour.
func limitUnacknowledged(_, _ string, c syscall.RawConn) error {
	// A kernel that does not know the option still has the probes.
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unacknowledged.Milliseconds()))
	})
}
