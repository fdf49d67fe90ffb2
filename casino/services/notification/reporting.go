// What the SDK is told. Without a DSN none is started, and all of this does nothing.

package main

import (
	"context"
	"errors"
	"time"

	"github.com/getsentry/sentry-go"
	"github.com/getsentry/sentry-go/attribute"
)

func startReporting(s settings) error {
	if s.dsn == "" {
		return nil
	}
	return sentry.Init(sentry.ClientOptions{
		Dsn:              s.dsn,
		Environment:      s.environment,
		Release:          s.release,
		EnableTracing:    s.tracesSampleRate > 0,
		TracesSampleRate: s.tracesSampleRate,
		AttachStacktrace: true,
		MaxBreadcrumbs:   20,
	})
}

func stopReporting(within time.Duration) {
	if reporting() {
		sentry.Flush(within)
	}
}

func reporting() bool { return sentry.CurrentHub().Client().IsEnabled() }

// startMessage goes on in the trace of whoever sent the message, with a scope of its own.
func startMessage(ctx context.Context, system string, got *delivery) (context.Context, func(error)) {
	hub := sentry.CurrentHub().Clone()
	hub.Scope().SetTags(map[string]string{"service": "notification"})
	ctx = sentry.SetHubOnContext(ctx, hub)
	span := sentry.StartTransaction(ctx, "process "+topic,
		sentry.ContinueTrace(hub, got.headers[headerTrace], got.headers[headerBaggage]),
		sentry.WithOpName("queue.process"), sentry.WithTransactionSource(sentry.SourceTask))
	span.SetData("messaging.system", system)
	span.SetData("messaging.destination.name", topic)
	span.SetData("messaging.message.body.size", len(got.value))
	return span.Context(), func(err error) {
		if err != nil {
			span.Status = sentry.SpanStatusInternalError
		} else if span.Status == sentry.SpanStatusUndefined {
			span.Status = sentry.SpanStatusOK
		}
		span.Finish()
	}
}

// describe says whose message it is: tags for events, the same as data of the span, for streams of spans have no tags.
func describe(ctx context.Context, what event) {
	hub := sentry.GetHubFromContext(ctx)
	tags := map[string]string{"market": what.Market, "payment_method": what.Method, "provider": "novapay"}
	span := sentry.TransactionFromContext(ctx)
	for name, value := range tags {
		if value == "" {
			continue
		}
		hub.Scope().SetTag(name, value)
		span.SetTag(name, value)
	}
	hub.Scope().SetUser(sentry.User{ID: what.Player})
	hub.Scope().SetContext("message", sentry.Context{
		"id": what.ID, "type": what.Type, "payment_id": what.PaymentID, "amount_minor": what.AmountMinor, "currency": what.Currency,
	})
	span.SetTag("service", "notification")
	span.SetData("messaging.message.id", what.ID)
	span.SetData("casino.event", what.Type)
	span.SetData("amount_minor", what.AmountMinor)
}

// measureLag says how long a message was on its way.
func measureLag(ctx context.Context, lag time.Duration) {
	span := sentry.TransactionFromContext(ctx)
	span.SetData("messaging.message.receive.latency", lag.Milliseconds())
	span.SetData("queue_lag_seconds", lag.Seconds())
	if reporting() {
		sentry.NewMeter(ctx).Gauge("queue_lag_seconds", lag.Seconds(), sentry.WithUnit("second"),
			sentry.WithAttributes(attribute.String("topic", topic), attribute.String("service", "notification")))
	}
}

// reportFailure is for messages that are given up. A panic was reported where it happened, with its stack.
func reportFailure(ctx context.Context, err error) {
	sentry.TransactionFromContext(ctx).Status = sentry.SpanStatusInternalError
	var malformed *malformedError
	count(ctx, "casino.notifications.dead", attribute.Bool("malformed", errors.As(err, &malformed)))
	if errors.Is(err, errPanic) {
		return
	}
	sentry.GetHubFromContext(ctx).CaptureException(err)
}

func reportPanic(ctx context.Context, found any) {
	sentry.GetHubFromContext(ctx).RecoverWithContext(ctx, found)
}

func countSent(ctx context.Context, by channel) {
	count(ctx, "casino.notifications", attribute.String("channel", string(by)))
}

func count(ctx context.Context, name string, attributes ...attribute.Builder) {
	if reporting() {
		sentry.NewMeter(ctx).Count(name, 1, sentry.WithAttributes(attributes...))
	}
}

func traceOf(ctx context.Context) string {
	if span := sentry.SpanFromContext(ctx); span != nil {
		return span.TraceID.String()
	}
	return ""
}
