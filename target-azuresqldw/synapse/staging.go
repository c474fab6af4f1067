package synapse

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const stagingPrefix = "_sdc_stg_"

// StagingName returns the name of a staging table: when its run began, the
// run, a number within the run, and the table it is for, as far as it fits.
func StagingName(began time.Time, run string, number int, table string) string {
	return Shorten(fmt.Sprintf("%s%d_%s_%d_%s", stagingPrefix, began.Unix(), run, number, table), MaxNameUnits)
}

// StagingTime returns when the run of a staging table began, false when the
// name is not one of a staging table. Staging tables of interrupted runs are
// recognised by their age, so that those of a run under way are left alone.
func StagingTime(table string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(table, stagingPrefix)
	if !ok {
		return time.Time{}, false
	}
	digits, _, ok := strings.Cut(rest, "_")
	if !ok {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}
