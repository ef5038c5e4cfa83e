package cloud_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

// pages is a list by cursor.
type pages map[string]cloud.Page[int]

func (p pages) list(_ context.Context, request cloud.PageRequest) (cloud.Page[int], error) {
	page, ok := p[request.Cursor]
	if !ok {
		return page, errors.New("no page " + request.Cursor)
	}
	return page, nil
}

func TestAll(t *testing.T) {
	tests := []struct {
		name   string
		pages  pages
		want   []int
		failed bool
	}{
		{"one page", pages{"": {Items: []int{1, 2}}}, []int{1, 2}, false},
		{"nothing", pages{"": {}}, nil, false},
		{"three pages", pages{"": {Items: []int{1}, Next: "b"}, "b": {Items: []int{2}, Next: "c"}, "c": {Items: []int{3}}}, []int{1, 2, 3}, false},
		{"a cursor that repeats", pages{"": {Items: []int{1}, Next: "b"}, "b": {Items: []int{2}, Next: "b"}}, []int{1, 2}, false},
		{"an empty page that promises more", pages{"": {Items: []int{1}, Next: "b"}, "b": {Next: "c"}}, []int{1}, false},
		{"an error", pages{"": {Items: []int{1}, Next: "b"}}, []int{1}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			var failed error
			for item, err := range cloud.All(t.Context(), 1, tt.pages.list) {
				if err != nil {
					failed = err
					continue
				}
				got = append(got, item)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || (failed != nil) != tt.failed {
				t.Errorf("error %v, items (-want +got):\n%s", failed, diff)
			}
		})
	}
}

func TestAllAsksNoMoreThanItMust(t *testing.T) {
	asked := 0
	list := func(_ context.Context, request cloud.PageRequest) (cloud.Page[int], error) {
		asked++
		if request.Limit != 2 {
			t.Errorf("limit %d, want 2", request.Limit)
		}
		return cloud.Page[int]{Items: []int{1, 2}, Next: request.Cursor + "x"}, nil
	}
	for _, err := range cloud.All(t.Context(), 2, list) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if asked != 1 {
		t.Errorf("%d pages for one item", asked)
	}
}

func TestAListThatDoesNotEndIsAnError(t *testing.T) {
	next := map[string]string{"": "a", "a": "b", "b": "a"} // a circle
	items := 0
	var failed error
	for _, err := range cloud.All(t.Context(), 1, func(_ context.Context, r cloud.PageRequest) (cloud.Page[int], error) {
		return cloud.Page[int]{Items: []int{1}, Next: next[r.Cursor]}, nil
	}) {
		if err != nil {
			failed = err
			break
		}
		items++
	}
	if failed == nil || items != 1000 {
		t.Errorf("error %v after %d items", failed, items)
	}
}

func TestCutPage(t *testing.T) {
	tests := []struct {
		request cloud.PageRequest
		want    cloud.Page[string]
		ok      bool
	}{
		{cloud.PageRequest{}, cloud.Page[string]{Items: []string{"a", "b", "c"}}, true},
		{cloud.PageRequest{Limit: 2}, cloud.Page[string]{Items: []string{"a", "b"}, Next: "2"}, true},
		{cloud.PageRequest{Limit: 2, Cursor: "2"}, cloud.Page[string]{Items: []string{"c"}}, true},
		{cloud.PageRequest{Limit: 3}, cloud.Page[string]{Items: []string{"a", "b", "c"}}, true},
		{cloud.PageRequest{Cursor: "9"}, cloud.Page[string]{Items: []string{}}, true},
		{cloud.PageRequest{Cursor: "-1"}, cloud.Page[string]{}, false},
		{cloud.PageRequest{Cursor: "1000000001"}, cloud.Page[string]{}, false},
		{cloud.PageRequest{Cursor: "b"}, cloud.Page[string]{}, false},
	}
	for _, tt := range tests {
		got, ok := cloud.CutPage([]string{"a", "b", "c"}, tt.request)
		if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
			t.Errorf("%+v: ok %v, page (-want +got):\n%s", tt.request, ok, diff)
		}
	}
}
