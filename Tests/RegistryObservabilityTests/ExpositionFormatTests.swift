//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryObservability

@Suite struct ExpositionFormatTests {
    @Test(
        arguments: [
            (0, "0", "0.0"), (1, "1", "1.0"), (-1, "-1", "-1.0"), (0.005, "0.005", "0.005"), (0.01, "0.01", "0.01"),
            (0.25, "0.25", "0.25"), (2.5, "2.5", "2.5"), (10, "10", "10.0"), (25, "25", "25.0"), (60, "60", "60.0"),
            (0.0001, "0.0001", "0.0001"), (0.00001, "1e-05", "1e-05"), (0.0000125, "1.25e-05", "1.25e-05"),
            (1024, "1024", "1024.0"), (524_288, "524288", "524288.0"), (999_999.5, "999999.5", "999999.5"),
            (1_000_000, "1e+06", "1e+06"), (1_048_576, "1.048576e+06", "1.048576e+06"),
            (2_147_483_648, "2.147483648e+09", "2.147483648e+09"), (-1_500_000, "-1.5e+06", "-1.5e+06"),
            (1_764_000_000.25, "1.76400000025e+09", "1.76400000025e+09"), (1e100, "1e+100", "1e+100"),
            (1e22, "1e+22", "1e+22"), (.leastNonzeroMagnitude, "5e-324", "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308", "1.7976931348623157e+308"),
            (.infinity, "+Inf", "+Inf"), (-.infinity, "-Inf", "-Inf"), (.nan, "NaN", "NaN"),
        ] as [(Double, String, String)]
    )
    func numbersAsGoPrintsThem(_ number: Double, _ text: String, _ openMetrics: String) {
        #expect(number.expositionText(.text) == text)
        #expect(number.expositionText(.openMetrics) == openMetrics)
    }
}
