-- @noindex
-- Drawing in REAPER's gfx window: colours, clipped text, buttons, and the zones that answer to the mouse.

local M = {}

M.COLOURS = {
  back = { 0.13, 0.14, 0.15 }, row = { 0.16, 0.17, 0.18 }, chosen = { 0.18, 0.36, 0.52 }, text = { 0.90, 0.90, 0.88 },
  dim = { 0.58, 0.60, 0.60 }, line = { 0.28, 0.29, 0.30 }, bar = { 0.34, 0.62, 0.52 }, button = { 0.22, 0.24, 0.26 },
  on = { 0.24, 0.46, 0.40 }, warn = { 0.93, 0.72, 0.40 }, focus = { 0.93, 0.80, 0.45 },
}
local CENTRE, RIGHT, MIDDLE = 1, 2, 4

local Paint = {}
Paint.__index = Paint

function M.new() return setmetatable({ zones = {}, scale = 1 }, Paint) end

function M.colour(name) gfx.set(table.unpack(M.COLOURS[name])) end

-- Begins a frame: forgets the zones and clears the window.
function Paint:begin()
  self.zones = {}
  M.colour("back")
  gfx.rect(0, 0, gfx.w, gfx.h, 1)
end

function Paint:box(x, y, w, h, colour, outline)
  M.colour(colour)
  gfx.rect(x, y, w, h, outline and 0 or 1)
end

-- Text clipped to a box; `align` is "left", "right" or "centre".
function Paint:text(text, x, y, w, h, colour, align)
  if w <= 0 then return end
  M.colour(colour or "text")
  gfx.x, gfx.y = x, y
  gfx.drawstr(text, (align == "right" and RIGHT or align == "centre" and CENTRE or 0) + MIDDLE, x + w, y + h)
end

-- Text as above, its end cut with an ellipsis where it is too long.
function Paint:fitted(text, x, y, w, h, colour)
  if gfx.measurestr(text) > w and utf8.len(text) then
    local keep = math.max(1, math.floor(utf8.len(text) * w / gfx.measurestr(text)) - 1)
    text = text:sub(1, (utf8.offset(text, keep + 1) or #text + 1) - 1) .. "…"
  end
  self:text(text, x, y, w, h, colour)
end

-- A part of the window that answers to the mouse: `click(x, y)` on press, `drag(x, y)` while it is held.
function Paint:zone(x, y, w, h, click, drag, double)
  self.zones[#self.zones + 1] = { x = x, y = y, w = w, h = h, click = click, drag = drag, double = double }
end

function Paint:button(label, x, y, w, h, on, click)
  self:box(x, y, w, h, on and "on" or "button")
  self:text(label, x, y, w, h, "text", "centre")
  self:zone(x, y, w, h, click)
end

-- The zone under a point, the last drawn first.
function Paint:at(x, y)
  for n = #self.zones, 1, -1 do
    local zone = self.zones[n]
    if x >= zone.x and x < zone.x + zone.w and y >= zone.y and y < zone.y + zone.h then return zone end
  end
end

return M
