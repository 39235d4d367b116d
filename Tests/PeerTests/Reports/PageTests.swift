//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// The page of a storage's capacity, opened in a browser.
@Suite("The page in a browser", .timeLimit(.minutes(5)))
struct PageTests {
    /// A name that only a tree can have, and that would be a script if it were taken for markup.
    private static let hostile = "<img src=x onerror=document.title='pwned'>"

    @Test("It draws its map and its tables, runs no script of a name's, and asks for nothing")
    func page() async throws {
        let folder = try TemporaryFolder()
        let socket = folder.path + "/control.sock"
        let root = folder.path + "/root"
        let tree = root + "/docker/registry/v2/repositories/\(Self.hostile)/_manifests/tags"
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
        try await ServerProcess.with(root: root, { $0.http = "control: {socket: \"\(socket)\"}" }) { server in
            try await LedgerProcess.current(server)
            for number in 0..<12 {
                let own = PseudorandomBytes.bytes(10_000 * (number + 1), seed: number)
                let shared = PseudorandomBytes.bytes(50_000, seed: 99)
                try await server.client.pushImage(
                    to: "team-\(number % 3)/app-\(number)",
                    reference: "1",
                    layers: [own, shared]
                )
            }
            let path = folder.path + "/page.html"
            let made = try await Tool.run(
                try ProjectFolder.binary(),
                [
                    "report", "capacity", "--format", "html", "--socket", socket, "--output", path,
                ]
            )
            try #require(made.succeeded, "\(made)")
            let answers = try await browse(path, folder)
            #expect(answers[0].string == "Capacity of the registry")
            // Its own script has run, so the policy that keeps others out lets it.
            #expect(answers[1] == .bool(true))
            #expect((answers[2].int ?? 0) >= 3, "parts of the map")
            #expect((answers[3].int ?? 0) >= 13, "rows of repositories")
            #expect(answers[4].string == "1", "rows that are left by a search")
            #expect(answers[5].string == "ascending team-0/app-0", "after a click on the head of names")
            #expect(answers[6].string?.hasSuffix("team-0") == true, "within a namespace of the map")
            #expect(answers[7] == .number(0), "images in the document")
            #expect(answers[8] == .bool(true), "the hostile name is shown as text")
            #expect(answers[9].array == [], "what the console has said")
            #expect(answers[10].array.allSatisfy { $0.string?.hasPrefix("file://") == true }, "what was asked for")
            for (file, start) in [
                ("light.png", [0x89, 0x50]), ("dark.png", [0x89, 0x50]), ("page.pdf", [0x25, 0x50]),
            ] {
                let bytes = try #require(FileManager.default.contents(atPath: folder.path + "/" + file))
                #expect(bytes.count > 10_000 && bytes.prefix(2).elementsEqual(start.map { UInt8($0) }), "\(file)")
            }
            let light = FileManager.default.contents(atPath: folder.path + "/light.png")
            #expect(light != FileManager.default.contents(atPath: folder.path + "/dark.png"))
        }
    }

    private func browse(_ page: String, _ folder: TemporaryFolder) async throws -> [JSONValue] {
        let rows = "[...document.querySelector('section[aria-labelledby=repositories] tbody').rows]"
        let section = "document.querySelector('section[aria-labelledby=repositories]')"
        let questions = [
            "document.title",
            "document.documentElement.classList.contains('scripted')",
            "document.querySelectorAll('#map-drawing > g').length",
            "\(rows).length",
            """
            (() => { const input = \(section).querySelector('input'); input.value = 'team-1 app-4';
              input.dispatchEvent(new Event('input')); const left = \(rows).filter((row) => !row.hidden).length;
              input.value = ''; input.dispatchEvent(new Event('input')); return String(left); })()
            """,
            """
            (() => { const head = \(section).querySelector('th'); head.firstChild.click();
              const first = \(rows).find((row) => row.textContent.startsWith('team'));
              return head.getAttribute('aria-sort') + ' ' + first.cells[0].textContent; })()
            """,
            """
            (() => { const part = [...document.querySelectorAll('#map-drawing > g.into')]
                .find((group) => group.getAttribute('aria-label').startsWith('team-0'));
              part.dispatchEvent(new MouseEvent('click')); return document.getElementById('map-path').textContent; })()
            """,
            "document.images.length",
            "document.body.textContent.includes(\"\(Self.hostile)\")",
        ]
        let script = ProjectFolder.path + "/Tests/PeerTests/Reports/browser.py"
        let output = try await Tool.output("python3", [script, page, folder.path] + questions)
        return try JSONValue(text: output).array
    }
}
