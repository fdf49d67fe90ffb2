// Faults that can be switched on: flags.json in flagd's shape, and the header that overrides it for one message.

package main

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getsentry/sentry-go"
)

const (
	lookEvery   = time.Second
	mostBytes   = 1 << 20
	mostFlags   = 64
	flagContext = "flags"
)

// asker is whom a flag is evaluated for.
type asker struct {
	player, market, fault string
}

type flag struct {
	State          string          `json:"state"`
	Variants       map[string]any  `json:"variants"`
	DefaultVariant string          `json:"defaultVariant"`
	Targeting      json.RawMessage `json:"targeting"`
}

type flags struct {
	path, release string
	mutex         sync.RWMutex
	known         map[string]flag
	seen          time.Time
}

func newFlags(path, release string) *flags {
	result := &flags{path: path, release: release}
	result.look()
	return result
}

func (f *flags) watch(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f.look()
		}
	}
}

// look reads the file when its time has changed. A broken text leaves what was read last.
func (f *flags) look() {
	if f.path == "" {
		return
	}
	status, err := os.Stat(f.path)
	if err != nil || status.ModTime().Equal(f.seen) || status.Size() > mostBytes {
		return
	}
	var read struct {
		Flags map[string]flag `json:"flags"`
	}
	text, err := os.ReadFile(f.path)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		log(context.Background(), levelWarn, "flags cannot be read", field{"error", err.Error()})
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.known, f.seen = read.Flags, status.ModTime()
}

// on evaluates a flag and tells the SDK, so that an issue shows it.
func (f *flags) on(ctx context.Context, name string, who asker) bool {
	f.mutex.RLock()
	found, known := f.known[name]
	f.mutex.RUnlock()
	result := false
	if known {
		value := found.Variants[variantOf(name, found, f.release, who)]
		result = value != nil && value != false && value != float64(0) && value != "off"
	}
	noteFlag(ctx, name, result)
	return result
}

func variantOf(name string, found flag, release string, who asker) string {
	if asked, ok := faults(who.fault)[name]; ok {
		if _, exists := found.Variants[asked]; exists {
			return asked
		}
	}
	if found.State != "ENABLED" {
		return found.DefaultVariant
	}
	aimed := target(name, found.Targeting, release, who)
	if _, exists := found.Variants[aimed]; exists {
		return aimed
	}
	return found.DefaultVariant
}

func faults(header string) map[string]string {
	result := make(map[string]string)
	for part := range strings.SplitSeq(header, ",") {
		if name, value, ok := strings.Cut(part, "="); ok && len(result) < mostFlags {
			result[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return result
}

// target knows the two forms that the casino agrees on; anything else names no variant.
func target(name string, rule json.RawMessage, release string, who asker) string {
	var form struct {
		If         []json.RawMessage `json:"if"`
		Fractional [][]any           `json:"fractional"`
	}
	if len(rule) == 0 || json.Unmarshal(rule, &form) != nil {
		return ""
	}
	if len(form.If) > 1 {
		return choose(form.If, release, who)
	}
	return share(form.Fractional, name+who.player)
}

func choose(parts []json.RawMessage, release string, who asker) string {
	var condition struct {
		In []json.RawMessage `json:"in"`
	}
	var subject struct {
		Var string `json:"var"`
	}
	var list []string
	if json.Unmarshal(parts[0], &condition) != nil || len(condition.In) != 2 ||
		json.Unmarshal(condition.In[0], &subject) != nil || json.Unmarshal(condition.In[1], &list) != nil {
		return ""
	}
	value, known := map[string]string{"market": who.market, "userId": who.player, "release": release}[subject.Var]
	if !known {
		return ""
	}
	at := 2
	if slices.Contains(list, value) {
		at = 1
	}
	var variant string
	if at >= len(parts) || json.Unmarshal(parts[at], &variant) != nil {
		return ""
	}
	return variant
}

func share(pairs [][]any, of string) string {
	var total uint64
	weights := make([]uint64, len(pairs))
	for index, pair := range pairs {
		if len(pair) != 2 {
			return ""
		}
		weight, ok := pair[1].(float64)
		if !ok || weight < 0 || weight > 1<<31 || weight != float64(uint64(weight)) {
			return ""
		}
		weights[index] = uint64(weight)
		total += weights[index]
	}
	if total == 0 {
		return ""
	}
	place := uint64(crc32.ChecksumIEEE([]byte(of))) % total
	for index, weight := range weights {
		if place < weight {
			variant, _ := pairs[index][0].(string)
			return variant
		}
		place -= weight
	}
	return ""
}

// noteFlag writes the context that other SDKs have a call for.
func noteFlag(ctx context.Context, name string, result bool) {
	hub := sentry.GetHubFromContext(ctx)
	if hub == nil {
		return
	}
	hub.Scope().SetContext(flagContext, sentry.Context{"values": []map[string]any{{"flag": name, "result": result}}})
	if span := sentry.SpanFromContext(ctx); span != nil {
		span.SetData("flag.evaluation."+name, result)
	}
}
