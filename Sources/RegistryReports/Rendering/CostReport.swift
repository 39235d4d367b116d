//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Rows of cost by the columns of FOCUS 1.2 (FinOps Open Cost and Usage Specification), as CSV.
///
/// The first row is the storage as a whole for the day of the report; the others divide it by what is attributed to
/// repositories. Quantities and costs are exact decimal fractions, so the others add up to the first to the last digit.
/// Columns that begin with `x_` are ours, as the specification has it.
enum CostReport {
    private static let columns = [
        "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
        "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
        "ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "EffectiveCost", "InvoiceIssuerName",
        "ListCost", "ListUnitPrice", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "ResourceId",
        "ResourceName", "ResourceType", "ServiceCategory", "ServiceName", "SubAccountId", "SubAccountName",
        "x_AllocatedMethodId", "x_AttributedBytes", "x_Row",
    ]

    static func pieces(_ report: Report, _ price: CostPrice) throws(ReportFailure) -> [ReportText.Piece] {
        guard let table = report.tables.first(where: { $0.name == "repositories" }), table.omitted == 0,
            report.scope == nil, let name = table.columns.firstIndex(where: { $0.name == "name" }),
            let attributed = table.columns.firstIndex(where: { $0.name == "attributed" })
        else { throw ReportFailure(.invalid, "cost rows are of all repositories: leave scope and top out") }
        let period = Period(report.asOf)
        let total = table.rows.reduce(Int64(0)) { $0 + number($1[attributed]) }
        return [
            .text(CSVReport.line(columns)),
            .text(line("", total, "origin", period, price)),
            .rows(table.rows.count) { index in
                guard case .text(let text) = table.rows[index][name] else { return "" }
                return line(text, number(table.rows[index][attributed]), "allocated", period, price)
            },
        ]
    }

    private static func number(_ value: ReportValue) -> Int64 {
        if case .number(let number) = value { number } else { 0 }
    }

    /// The day, and the month that it is billed in.
    private struct Period {
        let day: String
        let nextDay: String
        let month: String
        let nextMonth: String

        init(_ time: WallTime) {
            let length: Int64 = 86_400_000_000
            let midnight = time.microseconds / length * length
            day = WallTime(microseconds: midnight).secondsDescription
            nextDay = WallTime(microseconds: midnight + length).secondsDescription
            let year = Int(day.prefix(4)) ?? 1970
            let number = Int(day.dropFirst(5).prefix(2)) ?? 1
            month = day.prefix(8) + "01T00:00:00Z"
            let next = number == 12 ? (year + 1, 1) : (year, number + 1)
            nextMonth = WallTime(year: next.0, month: next.1, day: 1)?.secondsDescription ?? ""
        }
    }

    private static func line(
        _ name: String,
        _ bytes: Int64,
        _ kind: String,
        _ period: Period,
        _ price: CostPrice
    ) -> String {
        // Gigabytes for the 24 hours of the day; both are exact.
        let quantity = decimal(Int128(bytes) * 24, digits: 9)
        let cost = decimal(Int128(bytes) * 24 * Int128(price.billionths), digits: 18)
        let slash = name.utf8.firstIndex(of: UInt8(ascii: "/"))
        let account = slash.map { String(name[..<$0]) } ?? name
        return CSVReport.line([
            cost, "plimsoll", "Plimsoll", price.currency, period.nextMonth, period.month, "Usage", "",
            name.isEmpty ? "Storage of all repositories" : "Storage of a repository, by its attributed bytes",
            period.nextDay, period.day, quantity, "GB-Hours", cost, cost, "Plimsoll", cost,
            decimal(Int128(price.billionths), digits: 9), quantity, "GB-Hours", "Plimsoll", "Plimsoll", name, name,
            name.isEmpty ? "registry" : "repository", "Storage", "Container registry", account, account,
            name.isEmpty ? "" : "plimsoll-attributed", "\(bytes)", kind,
        ])
    }

    /// - Parameter digits: behind the point.
    static func decimal(_ value: Int128, digits: Int) -> String {
        let text = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.utf8.count)) + text
        var fraction = String(padded.suffix(digits))
        while fraction.last == "0" { fraction.removeLast() }
        let whole = padded.dropLast(digits)
        return (value < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}
