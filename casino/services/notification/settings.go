// What the environment says, read once.

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

type settings struct {
	listen, bus, flags, sinks string
	dsn, environment, release string
	tracesSampleRate          float64
}

func readSettings(env func(string) string) (settings, error) {
	or := func(name, fallback string) string {
		if value := env(name); value != "" {
			return value
		}
		return fallback
	}
	result := settings{
		listen:      or("CASINO_LISTEN", "127.0.0.1:4206"),
		bus:         or("CASINO_BUS", "kafka://127.0.0.1:4292"),
		flags:       env("CASINO_FLAGS"),
		sinks:       or("CASINO_SINKS", filepath.Join(or("CASINO_DATA", filepath.Join(os.TempDir(), "casino-notification")), "sinks")),
		dsn:         env("SENTRY_DSN"),
		environment: env("SENTRY_ENVIRONMENT"),
		release:     or("SENTRY_RELEASE", "notification@dev"),
	}
	if _, _, err := net.SplitHostPort(result.listen); err != nil {
		return result, fmt.Errorf("CASINO_LISTEN must be host:port: %w", err)
	}
	rate, err := strconv.ParseFloat(or("SENTRY_TRACES_SAMPLE_RATE", "0"), 64)
	if err != nil || rate < 0 || rate > 1 {
		return result, fmt.Errorf("SENTRY_TRACES_SAMPLE_RATE must be from 0 to 1, not %q", env("SENTRY_TRACES_SAMPLE_RATE"))
	}
	result.tracesSampleRate = rate
	return result, nil
}
