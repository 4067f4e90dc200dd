// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_file.h"

#include <nodal/core/exceptions.h>

#include <cctype>
#include <filesystem>
#include <fstream>

namespace nodal
{
  namespace
  {
    /// @p text with the characters that mean something in XML replaced.
    std::string escaped(const std::string &text)
    {
      std::string result;
      for (const char c : text)
        switch (c)
        {
        case '&':
          result += "&amp;";
          break;
        case '<':
          result += "&lt;";
          break;
        case '>':
          result += "&gt;";
          break;
        case '"':
          result += "&quot;";
          break;
        default:
          result += c;
        }
      return result;
    }

    struct XdmfWriter
    {
      std::ofstream out;
      std::string h5; ///< name of the data set, from the folder of the file
      const DatasetLayout &layout;

      void write_grid(const unsigned int sample)
      {
        out << "      <Grid Name=\"sample " << sample << "\">\n"
            << "        <Time Value=\"" << sample << "\"/>\n";
        write_mesh();
        for (const FieldDescription &field : layout.inputs)
          write_field("/inputs/", field, sample);
        for (const FieldDescription &field : layout.outputs)
          write_field("/outputs/", field, sample);
        out << "      </Grid>\n";
      }

      void write_mesh()
      {
        const MeshDescription &mesh = layout.mesh;
        const unsigned int n_vertices = vertices_per_cell(mesh.cell_type);
        std::string type = mesh.cell_type;
        type[0] = std::toupper(type[0]);
        const std::size_t n = mesh.linear_cells.size() / n_vertices;
        out << "        <Topology TopologyType=\"" << type
            << "\" NumberOfElements=\"" << n << "\">\n"
            << "          <DataItem Format=\"HDF\" NumberType=\"Int\" "
               "Precision=\"8\" Dimensions=\""
            << n << ' ' << n_vertices << "\">" << h5
            << ":/meshes/0/space/linear_cells</DataItem>\n"
            << "        </Topology>\n"
            << "        <Geometry GeometryType=\""
            << (mesh.dim == 2 ? "XY" : "XYZ") << "\">\n"
            << "          <DataItem Format=\"HDF\" NumberType=\"Float\" "
               "Precision=\"8\" Dimensions=\""
            << mesh.n_nodes() << ' ' << mesh.dim << "\">" << h5
            << ":/meshes/0/space/support_points</DataItem>\n"
            << "        </Geometry>\n";
      }

      /// One scalar per component: readers expect vectors of three numbers.
      void write_field(const std::string &group, const FieldDescription &field,
                       const unsigned int sample)
      {
        const MeshDescription &mesh = layout.mesh;
        const bool are_cells_whole =
            mesh.linear_cells.size() ==
            mesh.n_cells * vertices_per_cell(mesh.cell_type);
        if (field.location == Location::boundary ||
            field.location == Location::scalar ||
            (field.location == Location::cell && !are_cells_whole))
          return;
        const std::uint64_t n = n_sites(field, mesh);
        const unsigned int n_components = field.n_components;
        for (unsigned int c = 0; c < n_components; ++c)
        {
          const bool has_axis = n_components > 1;
          const std::string name =
              field.name + (has_axis ? "_" + std::to_string(c) : "");
          out << "        <Attribute Name=\"" << escaped(name)
              << "\" AttributeType=\"Scalar\" Center=\""
              << (field.location == Location::cell ? "Cell" : "Node")
              << "\">\n          <DataItem ItemType=\"HyperSlab\" "
                 "Dimensions=\""
              << (has_axis ? "1 " : "") << "1 " << n
              << "\" Type=\"HyperSlab\">\n"
              << "            <DataItem Dimensions=\"3 " << (has_axis ? 3 : 2)
              << "\" Format=\"XML\">";
          if (has_axis)
            out << sample << " 0 " << c << "  1 1 1  1 " << n << " 1";
          else
            out << sample << " 0  1 1  1 " << n;
          out << "</DataItem>\n            <DataItem Format=\"HDF\" "
                 "NumberType=\"Float\" Precision=\""
              << (layout.single_precision ? 4 : 8) << "\" Dimensions=\""
              << layout.n_samples << ' ' << n;
          if (has_axis)
            out << ' ' << n_components;
          out << "\">" << h5 << ':' << escaped(group + field.name)
              << "</DataItem>\n          </DataItem>\n"
              << "        </Attribute>\n";
        }
      }
    };
  } // namespace

  void write_xdmf(const std::string &file, const DatasetLayout &layout)
  {
    std::filesystem::path dataset = file;
    if (dataset.extension() != ".h5" && dataset.extension() != ".hdf5")
      dataset += ".h5";
    std::filesystem::path name = dataset;
    name.replace_extension(".xdmf");
    XdmfWriter writer{std::ofstream(name), escaped(dataset.filename().string()),
                      layout};
    writer.out << "<?xml version=\"1.0\" ?>\n<Xdmf Version=\"2.0\">\n"
               << "  <Domain>\n    <Grid Name=\"samples\" "
                  "GridType=\"Collection\" CollectionType=\"Temporal\">\n";
    for (unsigned int i = 0; i < layout.n_samples; ++i)
      writer.write_grid(i);
    writer.out << "    </Grid>\n  </Domain>\n</Xdmf>\n";
    writer.out.close();
    if (!writer.out)
      throw NumericalFailure("The file '" + name.string() +
                             "' could not be written; the data set itself is "
                             "complete.");
  }
} // namespace nodal
