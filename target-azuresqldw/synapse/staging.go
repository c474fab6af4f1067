package synapse

import (
	"fmt"
	"strconv"
	"strings"
)

const stagingPrefix = "_sdc_stg_"

// StagingName returns the name of a staging table: the mark of whose it is, the
// fence of its run, a number within the run, and the table it is for, as far as it fits.
func StagingName(mark string, fence int64, number int, table string) string {
	return Shorten(fmt.Sprintf("%s%s_%d_%d_%s", stagingPrefix, mark, fence, number, table), MaxNameUnits)
}

// StagingFence returns the fence in the name of a staging table that carries the
// mark, false for every other name.
func StagingFence(table, mark string) (int64, bool) {
	rest, ok := strings.CutPrefix(table, stagingPrefix+mark+"_")
	if !ok {
		return 0, false
	}
	digits, _, ok := strings.Cut(rest, "_")
	fence, err := strconv.ParseInt(digits, 10, 64)
	return fence, ok && err == nil
}
