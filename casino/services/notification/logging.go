// One JSON object per line on stdout, and the same to the SDK's logs.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/getsentry/sentry-go"
)

type level string

const (
	levelInfo  level = "info"
	levelWarn  level = "warn"
	levelError level = "error"
)

type field struct {
	name  string
	value any
}

var (
	logMutex sync.Mutex
	// Tests read it.
	logOutput io.Writer = os.Stdout
)

func log(ctx context.Context, how level, text string, fields ...field) {
	line := map[string]any{
		"time": time.Now().UTC().Format(time.RFC3339Nano), "level": how, "service": "notification", "message": text,
	}
	if span := sentry.SpanFromContext(ctx); span != nil {
		line["trace_id"], line["span_id"] = span.TraceID.String(), span.SpanID.String()
	}
	for _, each := range fields {
		line[each.name] = each.value
	}
	encoded, err := json.Marshal(line)
	if err != nil {
		encoded = []byte(`{"level":"error","service":"notification","message":"a log line cannot be written"}`)
	}
	logMutex.Lock()
	// Where stdout is gone nobody can be told.
	_, _ = logOutput.Write(append(encoded, '\n'))
	logMutex.Unlock()
	if reporting() {
		sendLog(ctx, how, text, fields)
	}
}

func sendLog(ctx context.Context, how level, text string, fields []field) {
	logger := sentry.NewLogger(ctx)
	entry := logger.Info()
	switch how {
	case levelWarn:
		entry = logger.Warn()
	case levelError:
		entry = logger.Error()
	case levelInfo:
	}
	entry = entry.String("service", "notification")
	for _, each := range fields {
		entry = entry.String(each.name, fmt.Sprint(each.value))
	}
	entry.Emit(text)
}
