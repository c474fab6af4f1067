package tap

import (
	"fmt"
	"strings"

	"intercomdw/tap-intercom/intercom"
)

// checkRegion says that the workspace is hosted in another region than the one
// that is set. Newer tokens are served all the same, by way of the wrong region;
// older ones are not known there. A base_url says where to ask by itself.
func (c *Config) checkRegion(me intercom.Workspace) error {
	home := regionOf(me.Region)
	if c.BaseURL != "" || home == "" || home == c.Region {
		return nil
	}
	return fmt.Errorf("region is %s, but the workspace %s is hosted in %s: set region to %s", c.Region, me.Name, me.Region, home)
}

// regionOf turns Intercom's word for a region into ours, "" for one that is not
// known. /me says "US", and "Europe" rather than "EU".
func regionOf(word string) string {
	switch strings.ToLower(word) {
	case "us", "usa", "united states":
		return "us"
	case "eu", "europe":
		return "eu"
	case "au", "australia":
		return "au"
	}
	return ""
}

// warnElsewhere says what checkRegion found where reading goes on.
func (r *run) warnElsewhere() {
	if r.elsewhere != nil {
		r.log.Warn("requests take a detour through another region", "err", r.elsewhere)
	}
}
