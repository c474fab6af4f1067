package target

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"intercomdw/singer/program"
	"intercomdw/singer/singertest"
	"intercomdw/target-azuresqldw/synapse"
)

func asProgram(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) int {
	return Program("").Main(ctx, program.Stdio{Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr,
		Signals: make(chan os.Signal), Exit: func(int) {}})
}

func TestInputsOfForeignTaps(t *testing.T) {
	t.Parallel()
	for _, test := range singertest.TargetCases() {
		for _, rows := range []int{1, 1000} {
			t.Run(fmt.Sprintf("%s/loads of %d", test.Name, rows), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				h.set["add_record_metadata"] = true
				h.set["max_batch_rows"] = rows

				committed := func() int64 {
					n, _ := strconv.ParseInt(h.rows("SELECT MAX(last_line) FROM raw._sdc_loads")[0], 10, 64)
					return n
				}
				if !strings.Contains(test.Input, "RECORD") {
					committed = nil // states alone may be released without a load when nothing has changed
				}
				singertest.CheckTarget(t, asProgram, test.Input, singertest.TargetOptions{
					Args: []string{"--config", h.config()}, Fails: test.Fails, Committed: committed,
				})
				for stream, want := range test.Rows {
					table := synapse.Name{Namespace: "raw", Table: stream}
					if got := h.rows("SELECT COUNT(*) FROM " + table.String()); got[0] != strconv.Itoa(want) {
						t.Errorf("table %s has %s rows, want %d", stream, got[0], want)
					}
				}
				if !test.Fails {
					h.clean()
				}
			})
		}
	}
}
