package target

import (
	"os"
	"runtime/debug"
)

// fixedBytes is what the collector may take beside max_batch_bytes: for compressors, schemas, connections and the runtime itself.
const fixedBytes = 64 << 20

// limitMemory has the collector keep the process within what docs/target.md says, unless GOMEMLIMIT says something else. The function it
// returns makes room for longer lines; their buffers are up to twice as long as they are.
func limitMemory(batchBytes int64) (great func(bytes int64)) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func(int64) {}
	}
	great = func(bytes int64) { debug.SetMemoryLimit(batchBytes + fixedBytes + 2*bytes) }
	great(0)
	return great
}
