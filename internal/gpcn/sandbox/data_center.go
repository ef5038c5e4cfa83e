package sandbox

import (
	"net/http"
	"strconv"

	"countersign/internal/gpcn"
)

func (s *Sandbox) listDataCenters(r *http.Request) answer {
	f := &form{}
	q := r.URL.Query()
	gpu, err := strconv.ParseBool(q.Get("gpuEnabled"))
	asked := q.Has("gpuEnabled")
	if asked && err != nil {
		f.report("gpuEnabled", "Expected boolean")
	}
	rows := []gpcn.DataCenter{}
	for _, p := range s.world.places {
		if (!asked || gpu == *p.GPUEnabled) && is(q.Get("countryName"), p.CountryName) && is(q.Get("regionName"), p.RegionName) {
			rows = append(rows, p.DataCenter)
		}
	}
	return table[gpcn.DataCenter]{
		message: "Data centers retrieved successfully", rows: rows, order: "name:asc",
		columns: map[string]func(gpcn.DataCenter) string{"name": func(d gpcn.DataCenter) string { return d.Name }},
		search:  func(d gpcn.DataCenter) []string { return []string{d.Name} },
	}.page(r, f)
}

// is reports whether a value is the wanted one; any value is, where none is wanted.
func is(asked, value string) bool { return asked == "" || asked == value }

// inPlace runs an operation on the data center in the path.
func (s *Sandbox) inPlace(r *http.Request, f *form, act func(*place) answer) answer {
	id := f.pathID(r)
	if a, refused := f.refused(); refused {
		return a
	}
	p, there := s.world.place(id)
	if !there {
		return unknown("Data center")
	}
	return act(p)
}

// listSizes lists all sizes or, for a VM, those that it can be upgraded to.
func (s *Sandbox) listSizes(r *http.Request) answer {
	f := &form{}
	of := f.queryID(r, "vmId")
	return s.inPlace(r, f, func(p *place) answer {
		fits := func(gpcn.Size) bool { return true }
		if of != "" {
			v, there := s.world.vm(of)
			if !there {
				return unknown("Virtual machine")
			}
			fits = v.upgrades
		}
		out := gpcn.SizeCatalogue{DatacenterID: p.ID, Categories: []gpcn.SizeCategory{}}
		for _, category := range p.categories {
			sizes := []gpcn.Size{}
			for _, size := range category.Sizes {
				if fits(size) {
					sizes = append(sizes, size)
				}
			}
			category.Sizes = sizes
			out.Categories = append(out.Categories, category)
		}
		return ok("Virtual machine sizes retrieved successfully", out)
	})
}

func (s *Sandbox) listImages(r *http.Request) answer {
	return s.inPlace(r, &form{}, func(p *place) answer {
		return answer{http.StatusOK, success{
			Success: true, Message: "Virtual machine images retrieved successfully", Data: p.images,
			Meta: gpcn.ImageMeta{Constraints: gpcn.ImageConstraints{Usernames: reservedNames()}},
		}}
	})
}

// reservedNames are usernames that no VM can have. Page "Create a new virtual
// machine" names root and guest; the others are [inferred].
func reservedNames() []string {
	return []string{
		"root", "guest", "admin", "administrator", "daemon", "bin", "sys", "sync", "games", "man", "mail", "news",
		"uucp", "proxy", "backup", "list", "nobody", "sshd",
	}
}

func (p *place) image(id string) (gpcn.Image, bool) {
	for _, category := range p.images {
		if image, there := find(category.Images, func(i gpcn.Image) bool { return string(i.ID) == id }); there {
			return image, true
		}
	}
	return gpcn.Image{}, false
}

// size finds a size and its category.
func (p *place) size(id string) (size gpcn.Size, category string, there bool) {
	for _, c := range p.categories {
		if size, there := find(c.Sizes, func(s gpcn.Size) bool { return string(s.SKUID) == id }); there {
			return size, c.Code, true
		}
	}
	return gpcn.Size{}, "", false
}
